// An OpenTelemetry setup of the app's own.
import { ConsoleSpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import { NodeSDK } from '@opentelemetry/sdk-node'

new NodeSDK({
  serviceName: 'own',
  spanProcessors: [new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })],
}).start()
