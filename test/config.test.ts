import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Config, type Environment, openSecret, readConfig } from '../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'fieldfix-config-'));
after(() => rmSync(folder, { recursive: true }));

function good(env: Environment): Config {
  const config = readConfig(env);
  assert.ok(!('problems' in config), JSON.stringify(config));
  return config;
}
function problem(env: Environment): string {
  const config = readConfig(env);
  assert.ok('problems' in config && config.problems.length === 1, JSON.stringify(config));
  return config.problems[0] ?? '';
}

describe('the settings', () => {
  it('work without any', () => {
    const config = good({});
    assert.equal(config.publicUrl, 'http://localhost:3000');
    assert.equal(config.host, '127.0.0.1');
    assert.deepEqual(config.database, { kind: 'pglite', dataDir: config.dataDir });
    assert.equal(config.smtpUrl, undefined);
    assert.equal(config.oidc, undefined);
  });

  it('are read and brought into form', () => {
    const config = good({
      PORT: '8080',
      PUBLIC_URL: 'https://fix.example/',
      DATABASE_URL: 'postgresql://u:p@db/fix',
      SMTP_URL: 'smtp://localhost:25',
      MAIL_FROM: 'Safety <safety@Maker.example>',
      LOG_LEVEL: '',
    });
    assert.equal(config.publicUrl, 'https://fix.example');
    assert.equal(config.mailDomain, 'maker.example');
    assert.equal(config.database.kind, 'postgresql');
    assert.equal(config.logLevel, 'info');
  });

  it('name what is wrong, and never show a secret', () => {
    assert.equal(problem({ PORT: '80a' }), 'PORT is "80a": expected a whole number from 0 to 65535.');
    assert.equal(problem({ PORT: '70000' }), 'PORT is "70000": expected a whole number from 0 to 65535.');
    assert.match(problem({ PUBLIC_URL: 'fix.example' }), /^PUBLIC_URL is "fix.example": expected an address like/);
    assert.match(problem({ DATABASE_URL: 'mysql://u:hunter2@x/y' }), /^DATABASE_URL is \(not shown\): expected/);
    assert.match(problem({ SECRET: 'short' }), /^SECRET is \(not shown\): expected at least 32/);
    assert.match(problem({ SMTP_URL: 'smtp://x' }), /^MAIL_FROM is not set/);
    assert.match(problem({ MAIL_FROM: 'nobody' }), /^MAIL_FROM is "nobody": expected a mail address/);
    assert.match(problem({ OIDC_ISSUER: 'https://x' }), /^OIDC_CLIENT_ID and OIDC_CLIENT_SECRET not set/);
    assert.match(problem({ LOG_LEVEL: 'loud' }), /^LOG_LEVEL is "loud": expected error, warn or info/);
  });

  it('take secrets from files', () => {
    const file = join(folder, 'database-url');
    writeFileSync(file, 'postgresql://u:p@db/fix\n');
    assert.deepEqual(good({ DATABASE_URL_FILE: file }).database, {
      kind: 'postgresql',
      url: 'postgresql://u:p@db/fix',
      poolSize: 10,
    });
    assert.match(
      problem({ SMTP_URL_FILE: join(folder, 'none') }),
      /^SMTP_URL_FILE is ".*": it cannot be read \(ENOENT\)/,
    );
    assert.match(problem({ DATABASE_URL: 'postgresql://x/y', DATABASE_URL_FILE: file }), /both set/);
  });

  it('keep the secret made at the first start', () => {
    const config = good({ DATA_DIR: join(folder, 'data') });
    const secret = openSecret(config);
    assert.ok(secret.length >= 32);
    assert.deepEqual(openSecret(config), secret);
    assert.equal(statSync(join(folder, 'data/secret')).mode & 0o777, 0o600);
    writeFileSync(join(folder, 'data/secret'), 'x');
    assert.throws(() => openSecret(config), /damaged/);
  });

  it('want the secret given where several servers may run', () => {
    const env = { DATA_DIR: join(folder, 'shared'), DATABASE_URL: 'postgresql://x/y' };
    assert.throws(() => openSecret(good(env)), /SECRET is not set/);
    assert.equal(openSecret(good({ ...env, SECRET: 'x'.repeat(32) })).toString(), 'x'.repeat(32));
  });
});
