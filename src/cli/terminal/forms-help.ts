/** What can be read, in the words of the help. */
export const FORMS =
  'OTLP (JSON or protobuf, as the Collector writes it), JSON of Jaeger, or spans as the console exporters of JavaScript and Python print them; packed with gzip or zstd or not'
