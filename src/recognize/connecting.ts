import { ATTR_DB_OPERATION_NAME, ATTR_DB_QUERY_TEXT, ATTR_DB_SYSTEM_NAME } from '@opentelemetry/semantic-conventions'
import type { SpanShape } from '../model/span.ts'
import { textOf } from '../base/attribute-value.ts'

/**
 * Whether a span is part of connecting: it waits for a pooled connection, opens one, or looks up the address. Some
 * instrumentations put the call that needed the connection below this span, so the span doesn't hide an act. Only the
 * name can tell, because rounded clocks don't show whether one span ended before another started.
 */
export function isConnecting({ name, attributes }: SpanShape): boolean {
  if (NETWORK.test(name)) return true
  if (!DATABASE.test(name) || isBlank(attributes[ATTR_DB_SYSTEM_NAME] ?? attributes['db.system'])) return false
  const said = [ATTR_DB_OPERATION_NAME, 'db.operation', ATTR_DB_QUERY_TEXT, 'db.statement'].map(
    (key) => attributes[key],
  )
  return said.every((text) => isBlank(text) || CONNECT.test(text as string))
}

/**
 * From instrumentations of Node (`net`, `dns`, `generic-pool`, `oracledb`, Prisma), .NET, Go (`httptrace`) and Java
 * (Netty, data sources), by full name or by prefix.
 */
const NETWORK = new RegExp(
  [
    String.raw`^(?:tcp|tls|ipc)\.connect$`,
    String.raw`^dns\.(?:lookup|resolve\w*)$`,
    String.raw`^generic-pool\.acquire$`,
    String.raw`^oracledb\.(?:pool\.)?getconnection\b`,
    String.raw`^prisma:(?:client:connect|engine:connection)$`,
    String.raw`^http (?:connection_setup|wait_for_connection)\b`,
    String.raw`^(?:dns lookup|socket connect|tls (?:client )?handshake|ssl handshake)\b`,
    String.raw`^http\.(?:getconn|dns|connect|tls)$`,
    String.raw`^\w*datasource\.getconnection$`,
  ].join('|'),
  'iu',
)

/**
 * The last word of a name, or the first of `CONNECT shop`, on a database client's span: `pg-pool.connect`,
 * `redis-connect`, `pool.acquire`, `sql.connector.connect`, `redis.dial`, `mongodb.checkout`, `Open`.
 */
const DATABASE =
  /^connect\b|(?:^|[\s._:-])(?:connect|connection|getconnection|open|dial|acquire|check_?out|reset_session|__construct)$/iu

/** What is written instead of a query if there isn't one. */
const CONNECT = /^\s*connect\s*$/iu

function isBlank(value: unknown): boolean {
  return textOf(value) === undefined
}
