/** What the commands can read, for the help. */
export const FORMS =
  'OTLP (JSON or protobuf, as the Collector writes it), Jaeger JSON, or spans as the console exporters of JavaScript and Python print them; plain or compressed with gzip or zstd'
