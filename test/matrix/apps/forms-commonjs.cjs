const api = require('@opentelemetry/api')
const sdkNode = require('@opentelemetry/sdk-node')
const onbehalf = require('onbehalf')

void import('./forms.mjs').then(({ run }) => run(process.argv[2], { api, sdkNode, onbehalf }))
