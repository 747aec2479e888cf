import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { available, program } from './bench.ts'
import { run } from './programs.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HERE = fileURLToPath(new URL('.', import.meta.url))
const FILE = `${ROOT}docker-compose.yml`

interface Service {
  readonly image?: string
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly healthcheck?: unknown
}

const { services } = parse(readFileSync(FILE, 'utf8')) as { services: Readonly<Record<string, Service>> }

const { has, note } = available('dockerCompose')

describe.skipIf(!has)(`a validator, of docker-compose.yml${note}`, () => {
  const validate = (token: string) =>
    run(program('dockerCompose'), ['-f', FILE, 'config', '--services'], { env: { ONBEHALF_INSIDE_TOKEN: token } })

  it('accepts it', async () => {
    const listed = (await validate('a-secret')).trim().split('\n')
    expect(listed.toSorted()).toEqual(Object.keys(services).toSorted())
  })
  it('refuses it without a secret of the user', async () => {
    await expect(validate('')).rejects.toThrow('openssl rand')
  })
})

describe('docker-compose.yml', () => {
  it('brings up the whole stack and the demo', () => {
    expect(Object.keys(services)).toEqual([
      'otel-collector',
      'jaeger',
      'prometheus',
      'alertmanager',
      'alerts',
      'grafana',
      'demo',
    ])
  })
  it('pins each image to a version', () => {
    const loose = Object.values(services).filter(({ image }) => !/:v?\d+\.\d+\.\d+(?:-[a-z-]+)?$/u.test(image ?? ''))
    expect(loose).toEqual([])
  })
  it('listens on the loopback interface alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? [])
    expect(ports.length).toBeGreaterThan(8)
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })
  it('asks each program for its health, but those whose image cannot be asked or that end', () => {
    const unasked = Object.keys(services).filter((name) => services[name]?.healthcheck === undefined)
    expect(unasked).toEqual(['otel-collector', 'demo'])
  })
  it('has the Collector that collector-config/builder.yaml builds', () => {
    const { dist } = parse(readFileSync(`${ROOT}collector-config/builder.yaml`, 'utf8')) as {
      dist: { version: string }
    }
    expect(services['otel-collector']?.image).toContain(`:${dist.version}`)
  })
  it('mounts files that are there', () => {
    expect(mounts().length).toBeGreaterThan(8)
    expect(mounts().filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([])
  })
  it('mounts configurations that the native programs run with, but for those of Grafana', () => {
    const unrun = mounts()
      .filter((path) => path.startsWith('collector-config/'))
      .filter((path) => !runNatively().includes(path.replace('collector-config/', '')))
    expect(unrun).toEqual(['collector-config/grafana/provisioning', 'collector-config/grafana/dashboards'])
  })
})

/** What is mounted from this folder. */
function mounts(): readonly string[] {
  return Object.values(services)
    .flatMap(({ volumes = [] }) => volumes)
    .filter((volume) => volume.startsWith('./'))
    .map((volume) => volume.split(':')[0]?.slice(2) ?? '')
}

/** What the starters of this folder take from collector-config, for tests that fail where a program does not take it. */
function runNatively(): readonly string[] {
  const sources = readdirSync(HERE).filter((name) => name.endsWith('.ts'))
  return sources.flatMap((name) =>
    [...readFileSync(`${HERE}${name}`, 'utf8').matchAll(/\bbench\.config\('([^']+)'\)/gu)].map(
      ([, path]) => path ?? '',
    ),
  )
}
