import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { permissions } from '../src/domain/permission.ts';
import { openApiDocument } from '../src/http/api/openapi.ts';
import type { Operation } from '../src/http/api/operation.ts';
import { operations } from '../src/http/api/operations.ts';
import type { Problem } from '../src/http/api/problem.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';

let house: House;
let key: string;
before(async () => {
  house = await openHouse();
  key = await house.key('webhook.manage', 'party.read');
});
after(() => house.close());

const nameOf = (row: Operation) => `${row.method} ${row.path}`;

async function problemOf(answer: Response): Promise<Problem> {
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  const body = (await answer.json()) as Problem;
  assert.equal(body.status, answer.status);
  assert.ok(body.detail.length > 10 && body.type && body.title && body.code, JSON.stringify(body));
  return body;
}

describe('every operation', () => {
  const document = openApiDocument(operations);

  it('is listed once', () => {
    const names = operations.map(nameOf);
    assert.deepEqual(names, [...new Set(names)]);
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    assert.equal(new Set(ids).size, operations.length);
  });

  for (const row of operations) {
    it(`${nameOf(row)} says what it does, who may, and what it takes and gives`, () => {
      assert.match(row.summary, /^[A-Z][^.]+[^.]$/, 'a summary is a few words without a full stop');
      assert.ok(row.summary.length <= 70);
      assert.match(row.description ?? '', /^[A-Z].*[.)]$/s, 'a description is whole sentences');
      assert.ok(row.tag);
      for (const permission of [row.permission].flat())
        assert.ok(permission === 'any' || permission in permissions, permission);
      const inPath = [...row.path.matchAll(/:([a-zA-Z]+)/g)].map((match) => match[1]);
      assert.deepEqual(Object.keys(row.params?.shape ?? {}).sort(), inPath.sort());
      const described = document.paths[row.path.replace(/:([a-zA-Z]+)/g, '{$1}')]?.[row.method.toLowerCase()];
      assert.equal(described?.summary, row.summary);
      assert.ok(described?.responses[String(row.status ?? 200)]);
      if (row.method === 'GET') assert.equal(row.body, undefined);
    });
  }
});

describe('the document', () => {
  it('is OpenAPI 3.1: every reference leads somewhere, every path parameter is described', async () => {
    const answer = await house.app.request('/api/openapi.json');
    assert.equal(answer.status, 200);
    const document = (await answer.json()) as ReturnType<typeof openApiDocument>;
    assert.equal(document.openapi, '3.1.0');
    const text = JSON.stringify(document);
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#([^"]+)"/g)) {
      let place: unknown = document;
      for (const part of pointer.split('/').slice(1)) place = (place as Record<string, unknown>)[part];
      assert.ok(place, pointer);
    }
    for (const [path, methods] of Object.entries(document.paths)) {
      assert.match(path, /^(\/([a-z0-9-]+(\.[a-z]+)?|\{[a-zA-Z]+\}))+$/);
      for (const [method, one] of Object.entries(methods)) {
        assert.ok(['get', 'post', 'put', 'patch', 'delete'].includes(method));
        const described = new Set(
          one.parameters?.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
        );
        for (const [, name = ''] of path.matchAll(/\{([a-zA-Z]+)\}/g))
          assert.ok(described.has(name), `${method} ${path}: ${name}`);
        for (const parameter of one.parameters ?? []) {
          assert.ok(parameter.schema);
          if (parameter.in === 'path') assert.equal(parameter.required, true);
        }
      }
    }
    for (const schema of schemasIn(document))
      assert.doesNotThrow(() => z.fromJSONSchema(schema as never), JSON.stringify(schema).slice(0, 300));
  });

  it('is a page as well, with every operation, and finds by words', async () => {
    const page = await (await house.app.request('/api')).text();
    for (const row of operations) assert.ok(page.includes(row.path.replace(/:([a-zA-Z]+)/g, '{$1}')), nameOf(row));
    const found = await (await house.app.request('/api?q=revoke%20key')).text();
    assert.match(found, /Revoke an API key/);
    assert.doesNotMatch(found, /Add a webhook/);
    assert.match(await (await house.app.request('/api?q=%3Cscript%3E')).text(), /No operation has these words/);
  });
});

/** Every JSON schema of bodies and answers. */
function schemasIn(document: ReturnType<typeof openApiDocument>): unknown[] {
  return Object.values(document.paths)
    .flatMap((path) => Object.values(path))
    .flatMap((one) => [
      one.requestBody?.content,
      ...Object.values(one.responses).map((answer) => ('content' in answer ? answer.content : undefined)),
    ])
    .flatMap((content) => (content?.['application/json'] ? [content['application/json'].schema] : []));
}

describe('who asks', () => {
  const cases: [string, Record<string, string>, number, string][] = [
    ['nobody', {}, 401, 'sign-in.needed'],
    ['a wrong key', { authorization: 'Bearer ff_wrong' }, 401, 'api-key.wrong'],
    ['another scheme', { authorization: 'Basic eDp5' }, 401, 'api-key.malformed'],
    ['an empty header', { authorization: 'Bearer' }, 401, 'api-key.malformed'],
  ];
  for (const [who, headers, status, code] of cases) {
    it(`${who} is refused`, async () => {
      const answer = await house.app.request('/api/v1/me', { headers });
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      assert.equal(answer.status, status);
      assert.equal((await problemOf(answer)).code, code);
    });
  }

  it('a wrong key is not replaced by a session', async () => {
    const cookie = await house.signIn('administrator');
    const answer = await house.app.request('/api/v1/me', { headers: { cookie, authorization: 'Bearer ff_wrong' } });
    assert.equal(answer.status, 401);
  });

  it('a key shows its scopes, a person their role', async () => {
    const byKey = await (await house.api(key, 'GET', '/me')).json();
    assert.deepEqual((byKey as { scopes: string[] }).scopes.sort(), ['party.read', 'webhook.manage']);
    const byPerson = await house.app.request('/api/v1/me', { headers: { cookie: await house.signIn('viewer') } });
    assert.equal(((await byPerson.json()) as { role: string }).role, 'viewer');
  });

  it('a key without the scope is told which one', async () => {
    const answer = await house.api(await house.key('party.read'), 'GET', '/webhooks');
    assert.equal(answer.status, 403);
    const body = await problemOf(answer);
    assert.equal(body.code, 'forbidden');
    assert.equal(body.params?.permission, 'webhook.manage');
  });

  it('no key manages keys, whatever its scopes say', async () => {
    await house.ctx.db
      .updateTable('api_key')
      .set({ scopes: ['key.manage'] })
      .where('name', 'like', 'test party.read%')
      .execute();
    const { secret } = { secret: await house.key('export') };
    await house.ctx.db
      .updateTable('api_key')
      .set({ scopes: ['key.manage', 'account.manage'] })
      .where('name', 'like', 'test export%')
      .execute();
    assert.equal((await house.api(secret, 'GET', '/keys')).status, 403);
  });

  it('a revoked and an ended key say so', async () => {
    const cookie = await house.signIn('administrator');
    const asPerson = (path: string, body: unknown) =>
      house.app.request(`/api/v1${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      });
    const made = (await (await asPerson('/keys', { name: 'Short one', scopes: ['export'], days: 1 })).json()) as {
      id: number;
      secret: string;
    };
    assert.match(made.secret, /^ff_[A-Za-z0-9_-]{43}$/);
    assert.equal((await house.api(made.secret, 'GET', '/me')).status, 200);
    const taken = await asPerson('/keys', { name: 'Short one', scopes: ['export'] });
    assert.equal(taken.status, 409);
    await house.ctx.db
      .updateTable('api_key')
      .set({ expires_at: new Date(Date.now() - 1000) })
      .where('id', '=', made.id)
      .execute();
    assert.equal((await problemOf(await house.api(made.secret, 'GET', '/me'))).code, 'api-key.expired');
    assert.equal((await asPerson(`/keys/${made.id}/revoke`, {})).status, 200);
    assert.equal((await problemOf(await house.api(made.secret, 'GET', '/me'))).code, 'api-key.revoked');
    assert.equal((await asPerson('/keys/999999/revoke', {})).status, 404);
    const rows = JSON.stringify(await house.ctx.db.selectFrom('api_key').selectAll().execute());
    assert.ok(!rows.includes(made.secret), 'the secret is not stored');
    const events = JSON.stringify(
      await house.ctx.db.selectFrom('event').selectAll().where('subject', '=', 'api-key').execute(),
    );
    assert.ok(!events.includes(made.secret));
  });

  it('a session from another site is refused', async () => {
    const cookie = await house.signIn('administrator');
    const answer = await house.app.request(`${publicUrl}/api/v1/keys`, {
      method: 'POST',
      body: '{}',
      headers: { cookie, 'content-type': 'application/json', origin: 'https://evil.example' },
    });
    assert.equal(answer.status, 403);
  });
});

describe('what is asked', () => {
  const good = { url: 'https://erp.maker.example/hook', events: ['*'] };
  const post = (body: string, headers: Record<string, string> = {}) =>
    house.app.request('/api/v1/webhooks', {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    });
  const cases: [string, string, Record<string, string>, number, string][] = [
    ['no JSON', '{', {}, 400, 'body.malformed'],
    ['another kind', '<a/>', { 'content-type': 'text/xml' }, 415, 'body.not-json'],
    ['nothing', '', {}, 422, 'input'],
    ['a list', '[]', {}, 422, 'input'],
    ['null', 'null', {}, 422, 'input'],
    ['a wrong field', JSON.stringify({ ...good, url: 'x' }), {}, 422, 'input'],
    ['a wrong item', JSON.stringify({ ...good, events: ['*', '; drop'] }), {}, 422, 'input'],
    [
      'too much',
      JSON.stringify({ ...good, more: 'x'.repeat(1_100_000) }),
      { 'content-length': '1100100' },
      413,
      'too-large',
    ],
  ];
  for (const [what, body, headers, status, code] of cases) {
    it(`${what} is refused with ${status}`, async () => {
      const answer = await post(body, headers);
      assert.equal(answer.status, status);
      assert.equal((await problemOf(answer)).code, code);
    });
  }

  it('faults carry a pointer to the place', async () => {
    const body = await problemOf(await post(JSON.stringify({ url: 'x', events: ['*', '; drop'] })));
    assert.deepEqual(
      body.errors?.map((error) => [error.in, error.pointer]),
      [
        ['body', '/url'],
        ['body', '/events/1'],
      ],
    );
  });

  it('an address that is none, and a method that is none, are named', async () => {
    assert.equal((await problemOf(await house.api(key, 'GET', '/nothing'))).code, 'operation.unknown');
    const wrong = await house.api(key, 'PUT', '/webhooks');
    assert.equal(wrong.status, 405);
    assert.deepEqual(wrong.headers.get('allow')?.split(', ').sort(), ['GET', 'POST']);
  });

  it('an id that is none is a fault of the path', async () => {
    for (const id of ['abc', '0', '-1', '1.5', '99999999999999999999']) {
      const body = await problemOf(await house.api(await house.key('webhook.manage'), 'PATCH', `/webhooks/${id}`, {}));
      assert.equal(body.errors?.[0]?.in, 'path', id);
    }
  });
});

describe('Idempotency-Key', () => {
  const hook = (url: string, idempotency: string) =>
    house.api(key, 'POST', '/webhooks', { url, events: ['*'] }, { 'idempotency-key': idempotency });
  const count = async () => (await house.ctx.db.selectFrom('webhook').select('id').execute()).length;

  it('does a write once and answers the same again', async () => {
    const before = await count();
    const first = await hook('https://a.example/', 'one');
    const second = await hook('https://a.example/', 'one');
    assert.equal(first.status, 201);
    assert.equal(second.status, 201);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
    assert.equal(await second.text(), await first.text());
    assert.equal(await count(), before + 1);
  });

  it('is refused for another request', async () => {
    await hook('https://b.example/', 'two');
    const answer = await hook('https://c.example/', 'two');
    assert.equal(answer.status, 422);
    assert.equal((await problemOf(answer)).code, 'idempotency.other-request');
  });

  it('belongs to its key: another program may use the same', async () => {
    const other = await house.key('webhook.manage');
    assert.equal(
      (
        await house.api(
          other,
          'POST',
          '/webhooks',
          { url: 'https://d.example/', events: ['*'] },
          { 'idempotency-key': 'one' },
        )
      ).status,
      201,
    );
  });

  it('of many at the same moment does one', async () => {
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 8 }, () => hook('https://e.example/', 'eight')));
    assert.equal(await count(), before + 1);
    for (const answer of answers) assert.ok([201, 409].includes(answer.status), String(answer.status));
  });

  it('is free again after a refusal', async () => {
    const refused = await house.api(
      key,
      'POST',
      '/webhooks',
      { url: 'x', events: ['*'] },
      { 'idempotency-key': 'three' },
    );
    assert.equal(refused.status, 422);
    assert.equal((await hook('https://f.example/', 'three')).status, 201);
  });

  it('says when nobody knows how the first request ended', async () => {
    await hook('https://g.example/', 'four');
    await house.ctx.db
      .updateTable('idempotency_key')
      .set({ status: null, body: null })
      .where('key', '=', 'four')
      .execute();
    assert.equal((await problemOf(await hook('https://g.example/', 'four'))).code, 'idempotency.running-meanwhile');
    await house.ctx.db
      .updateTable('idempotency_key')
      .set({ created_at: new Date(Date.now() - 3_600_000) })
      .where('key', '=', 'four')
      .execute();
    assert.equal((await problemOf(await hook('https://g.example/', 'four'))).code, 'idempotency.end-unknown-meanwhile');
  });

  it('must be readable', async () => {
    assert.equal((await hook('https://h.example/', 'a b')).status, 400);
    assert.equal((await hook('https://h.example/', 'x'.repeat(201))).status, 400);
  });
});
