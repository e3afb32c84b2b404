// Run where the package was put, by the node that will start it: `gatling setup` does.
const { keepCompiled } = require('./bundle.js')

keepCompiled()
