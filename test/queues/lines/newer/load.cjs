exports.load = async (name) => require(name)
