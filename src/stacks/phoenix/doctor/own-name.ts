import { type Answer, ok, problem, type Said } from '../../../doctor/finding.js'
import { ownName as lookUpOwnName, type OwnName } from '../../../hosts/own-name.js'

/** Looks whether the machine's own name has an address: erl_call needs it. */
export const ownName = async (): Promise<Answer> => ownNameFinding(await lookUpOwnName())

export const ownNameFinding = ({ name, address }: OwnName): Said =>
  address === null
    ? problem(
        `its own name, ${name}, has no address: with Erlang/OTP 27 no upgrade can be hot`,
        `echo "127.0.1.1 ${name}" >>/etc/hosts`,
      )
    : ok(`its own name, ${name}, leads to ${address}`)
