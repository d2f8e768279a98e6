/** Headers of every answer, requests from other sites, and bodies that are too large. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { letterPolicy, limitBody, originOf, refuseCrossSite, setSecurityHeaders } from '../src/http/security.ts';

const publicUrl = 'https://fieldfix.maker.example';

function appWith(url = publicUrl): Hono {
  const app = new Hono();
  app.use(setSecurityHeaders({ publicUrl: url }));
  app.use(refuseCrossSite({ publicUrl: url }));
  app.use(limitBody(1000));
  app.get('/page', (c) => c.html('<p>x</p>'));
  app.get('/letter', (c) =>
    c.html('<p>x</p>', 200, { 'content-security-policy': letterPolicy, 'cache-control': 'private' }),
  );
  app.post('/page', async (c) => c.text(JSON.stringify(await c.req.parseBody())));
  app.post('/api/v1/x', async (c) => c.text(await c.req.text()));
  return app;
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };

function post(headers: Record<string, string>, body = 'a=1', path = '/page'): Promise<Response> {
  return Promise.resolve(appWith().request(path, { method: 'POST', headers: { ...form, ...headers }, body }));
}

describe('headers of a page', () => {
  it('keep it to itself', async () => {
    const { headers } = await appWith().request('/page');
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /form-action 'self'/);
    assert.match(policy, /base-uri 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'same-origin');
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(headers.get('strict-transport-security') ?? '', /max-age=31536000/);
  });

  it('are on errors too', async () => {
    const { status, headers } = await appWith().request('/nothing');
    assert.equal(status, 404);
    assert.ok(headers.get('content-security-policy'));
  });

  it('ask for https only where it is there', async () => {
    const { headers } = await appWith('http://localhost:3000').request('/page');
    assert.equal(headers.get('strict-transport-security'), null);
  });

  it('stay as a handler set them', async () => {
    const { headers } = await appWith().request('/letter');
    assert.equal(headers.get('content-security-policy'), letterPolicy);
    assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN');
    assert.equal(headers.get('cache-control'), 'private');
    assert.doesNotMatch(letterPolicy, /script-src|allow-scripts|allow-same-origin/);
  });
});

describe('a form from another site', () => {
  it('is let through from our own page, by each of the three headers', async () => {
    const ours: Record<string, string>[] = [
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: publicUrl },
      { origin: 'http://localhost', host: 'localhost' },
      { referer: `${publicUrl}/actions/1` },
    ];
    for (const headers of ours) {
      assert.equal((await post(headers)).status, 200, JSON.stringify(headers));
    }
  });

  it('is refused, with or without a cookie', async () => {
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: publicUrl },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${publicUrl}.evil.example` },
      { referer: 'https://evil.example/?https://fieldfix.maker.example' },
      { referer: 'not an address' },
      {},
    ];
    for (const headers of foreign) {
      for (const cookie of [undefined, 'session=1']) {
        const answer = await post(cookie ? { ...headers, cookie } : headers);
        assert.equal(answer.status, 403, JSON.stringify(headers));
        assert.match(await answer.text(), /Nothing was changed/);
      }
    }
  });

  it('is refused whatever it calls its content', async () => {
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json']) {
      const answer = await post({ 'content-type': type, cookie: 'session=1', 'sec-fetch-site': 'cross-site' });
      assert.equal(answer.status, 403, type);
    }
  });

  it('is answered to programs in their own words', async () => {
    const answer = await post({ cookie: 'session=1', origin: 'https://evil.example' }, 'a=1', '/api/v1/x');
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(((await answer.json()) as { code: string }).code, 'cross-site');
  });

  it('leaves programs with a key and cookieless JSON alone', async () => {
    const json = { 'content-type': 'application/json' };
    assert.equal((await post({ ...json, authorization: 'Bearer x' }, '{}', '/api/v1/x')).status, 200);
    assert.equal((await post(json, '{}', '/api/v1/x')).status, 200);
  });

  it('may be opened: reading changes nothing', async () => {
    const answer = await appWith().request('/page', {
      headers: { 'sec-fetch-site': 'cross-site', cookie: 'session=1' },
    });
    assert.equal(answer.status, 200);
  });

  it('trusts the first header that speaks', () => {
    const own = new Set([publicUrl]);
    assert.equal(originOf(new Headers({ 'sec-fetch-site': 'cross-site', referer: `${publicUrl}/` }), own), 'foreign');
    assert.equal(originOf(new Headers({ origin: publicUrl.toUpperCase() }), own), 'ours');
    assert.equal(originOf(new Headers(), own), 'unknown');
  });
});

describe('a body', () => {
  const ours = { 'sec-fetch-site': 'same-origin' };

  it('that is too large is refused before it is read', async () => {
    const answer = await post(ours, `a=${'x'.repeat(2000)}`);
    assert.equal(answer.status, 413);
    assert.match(await answer.text(), /too much to send at once/);
  });

  it('that does not say its length is counted', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 20; n++) controller.enqueue(new TextEncoder().encode('x'.repeat(100)));
        controller.close();
      },
    });
    const request = new Request('http://localhost/api/v1/x', {
      method: 'POST',
      body,
      headers: ours,
      // The platform asks for it, its types do not know it yet.
      ...{ duplex: 'half' },
    });
    assert.equal((await appWith().request(request)).status, 413);
  });
});
