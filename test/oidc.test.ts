import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { inviteStaff } from '../src/app/invitations.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { newVisitor, type Visitor } from './helpers/browser-of-one.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';

/** A sign-in service that says yes to whoever comes: OpenID Connect with PKCE and signed ID tokens. */
interface Service {
  issuer: string;
  /** Whom the next sign-in is. */
  person: { sub: string; email: string; name: string };
  /** What the last token request brought. */
  asked: URLSearchParams;
  /** Makes the next ID token wrong. */
  spoil?: 'nonce' | 'audience' | 'signature' | undefined;
  close(): void;
}

async function openService(clientId: string): Promise<Service> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const stranger = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: '1', alg: 'RS256', use: 'sig' };
  const nonces = new Map<string, string>();
  const service: Service = {
    issuer: '',
    person: { sub: '', email: '', name: '' },
    asked: new URLSearchParams(),
    close: () => server.close(),
  };
  const server: Server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', service.issuer);
    const json = (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration') {
      return json({
        issuer: service.issuer,
        authorization_endpoint: `${service.issuer}/authorize`,
        token_endpoint: `${service.issuer}/token`,
        jwks_uri: `${service.issuer}/jwks`,
        id_token_signing_alg_values_supported: ['RS256'],
      });
    }
    if (url.pathname === '/jwks') return json({ keys: [jwk] });
    if (url.pathname === '/authorize') {
      const code = `code-${nonces.size}`;
      nonces.set(code, url.searchParams.get('nonce') ?? '');
      const back = new URL(url.searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      return response.writeHead(302, { location: back.href }).end();
    }
    let body = '';
    for await (const part of request) body += part;
    service.asked = new URLSearchParams(body);
    const nonce = service.spoil === 'nonce' ? 'another' : nonces.get(service.asked.get('code') ?? '');
    const token = await new SignJWT({
      email: service.person.email,
      email_verified: true,
      name: service.person.name,
      nonce,
    })
      .setProtectedHeader({ alg: 'RS256', kid: '1' })
      .setIssuer(service.issuer)
      .setAudience(service.spoil === 'audience' ? 'another' : clientId)
      .setSubject(service.person.sub)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(service.spoil === 'signature' ? stranger.privateKey : privateKey);
    return json({ access_token: 'a', token_type: 'Bearer', expires_in: 300, id_token: token });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  service.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return service;
}

describe("single sign-on with the organisation's account", () => {
  let service: Service;
  let house: House;
  before(async () => {
    service = await openService('fieldfix');
    house = await openHouse({ oidc: { issuer: service.issuer, clientId: 'fieldfix', clientSecret: 'very secret' } });
  });
  after(async () => {
    service.close();
    await house.close();
  });

  /** Through the service and back. @returns the last answer */
  async function through(visitor: Visitor, start: Response): Promise<Response> {
    assert.equal(start.status, 200, 'a page that moves on, because forms may lead to ourselves only');
    const url = /url=(.*)$/.exec(start.headers.get('refresh') ?? '')?.[1] ?? '';
    assert.ok(url.startsWith(`${service.issuer}/authorize?`), url);
    assert.ok(new URL(url).searchParams.get('code_challenge'), 'PKCE');
    const back = await fetch(url, { redirect: 'manual' });
    const goal = new URL(back.headers.get('location') ?? '');
    assert.equal(goal.origin, publicUrl);
    return visitor.get(goal.pathname + goal.search);
  }
  const signIn = async (visitor: Visitor, next = '/parties') =>
    through(visitor, await visitor.post('/sign-in/oidc', { next }));

  it('brings in whom an administrator invited, to the page they wanted', async () => {
    const link = await inviteStaff(await house.staff('administrator'), {
      email: 'ana@maker.example',
      name: 'Ana Invited',
      role: 'quality',
    });
    assert.ok(!isRefusal(link));
    service.person = { sub: 's-1', email: 'Ana@maker.example', name: 'Another Name' };
    const visitor = newVisitor(house.app, publicUrl);
    const welcome = await visitor.post(link.url.slice(publicUrl.length), { name: 'Ana Invited', service: 'yes' });
    assert.equal((await through(visitor, welcome)).headers.get('location'), '/');
    const row = await house.ctx.db
      .selectFrom('staff')
      .select(['name', 'role'])
      .where('email', '=', 'ana@maker.example')
      .executeTakeFirst();
    assert.deepEqual(row, { name: 'Ana Invited', role: 'quality' }, 'name and role are what the administrator gave');
    assert.equal((await visitor.get('/account')).status, 200, 'no second step of our own');
    const later = newVisitor(house.app, publicUrl);
    assert.equal((await signIn(later, '/parties?q=1')).headers.get('location'), '/parties?q=1');
    assert.equal(service.asked.get('grant_type'), 'authorization_code');
    const event = await house.ctx.db
      .selectFrom('event')
      .select('after')
      .where('action', '=', 'account.sign-in')
      .orderBy('seq', 'desc')
      .executeTakeFirst();
    assert.deepEqual(event?.after, { method: 'oidc' });
  });

  it('leaves out whom nobody invited, and says what to do', async () => {
    service.person = { sub: 's-2', email: 'stranger@maker.example', name: 'Stranger' };
    const visitor = newVisitor(house.app, publicUrl);
    const answer = await signIn(visitor);
    assert.match(answer.headers.get('location') ?? '', /^\/sign-in\?error=/);
    assert.match(await (await visitor.get(answer.headers.get('location') ?? '')).text(), /Ask an administrator/);
    assert.match((await visitor.get('/parties')).headers.get('location') ?? '', /^\/sign-in/);
    assert.equal(
      await house.ctx.db
        .selectFrom('staff')
        .select('id')
        .where('email', '=', 'stranger@maker.example')
        .executeTakeFirst(),
      undefined,
    );
  });

  it('leaves out a shut account', async () => {
    service.person = { sub: 's-1', email: 'ana@maker.example', name: '' };
    await house.ctx.db
      .updateTable('staff')
      .set({ disabled_at: new Date() })
      .where('email', '=', 'ana@maker.example')
      .execute();
    const visitor = newVisitor(house.app, publicUrl);
    assert.match((await signIn(visitor)).headers.get('location') ?? '', /^\/sign-in/);
    assert.match((await visitor.get('/parties')).headers.get('location') ?? '', /^\/sign-in/);
    await house.ctx.db
      .updateTable('staff')
      .set({ disabled_at: null })
      .where('email', '=', 'ana@maker.example')
      .execute();
  });

  for (const spoil of ['nonce', 'audience', 'signature'] as const) {
    it(`believes no token with a wrong ${spoil}`, async () => {
      service.person = { sub: 's-1', email: 'ana@maker.example', name: '' };
      service.spoil = spoil;
      const visitor = newVisitor(house.app, publicUrl);
      assert.match((await signIn(visitor)).headers.get('location') ?? '', /^\/sign-in\?error=/);
      service.spoil = undefined;
    });
  }

  it('takes an answer only in the browser that asked', async () => {
    service.person = { sub: 's-1', email: 'ana@maker.example', name: '' };
    const visitor = newVisitor(house.app, publicUrl);
    const start = await visitor.post('/sign-in/oidc', { next: '/' });
    const answer = await through(newVisitor(house.app, publicUrl), start);
    assert.match(answer.headers.get('location') ?? '', /^\/sign-in\?error=/);
  });

  it('leads nowhere else', async () => {
    service.person = { sub: 's-1', email: 'ana@maker.example', name: '' };
    assert.equal((await signIn(newVisitor(house.app, publicUrl), '//evil.example')).headers.get('location'), '/');
  });
});

describe('a sign-in service that is down', () => {
  it('is said in words, and asked again later', async () => {
    const house = await openHouse({ oidc: { issuer: 'http://127.0.0.1:9', clientId: 'x', clientSecret: 'y' } });
    const visitor = newVisitor(house.app, publicUrl);
    assert.equal((await visitor.post('/sign-in/oidc')).headers.get('location'), '/sign-in');
    assert.match(await (await visitor.get('/sign-in')).text(), /does not answer/);
    await house.close();
  });
});
