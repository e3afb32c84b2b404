// Run where the package was put, by the node that will start it: `gatling setup` does.
import { keepCompiled } from './bundle.js'

keepCompiled()
