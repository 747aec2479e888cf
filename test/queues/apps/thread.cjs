module.exports = (given) => given
