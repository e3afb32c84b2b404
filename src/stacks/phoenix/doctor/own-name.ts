import { type Answer, ok, problem, type Said } from '../../../doctor/finding.js'
import { ownName as lookUpOwnName, type OwnName } from '../../../hosts/own-name.js'

/** Checks that the machine's own name has an address, which erl_call needs. */
export const ownName = async (): Promise<Answer> => ownNameFinding(await lookUpOwnName())

export const ownNameFinding = ({ name, address }: OwnName): Said =>
  address === null
    ? problem(
        `its own name, ${name}, has no address: with Erlang/OTP 27 no upgrade can be hot`,
        `echo "127.0.1.1 ${name}" >>/etc/hosts`,
      )
    : ok(`its own name, ${name}, leads to ${address}`)
