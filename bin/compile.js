// Compiles the command. `gatling setup` runs this in the installed package, with the Node.js that will start the
// command.
const { keepCompiled } = require('./bundle.js')

keepCompiled()
