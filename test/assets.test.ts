/** Style sheets and scripts: kept for ever by their hash, small on the wire, and without anything a strict policy forbids. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { addAssetRoutes, assetHref, resolveLightDark } from '../src/http/assets.ts';

const app = new Hono();
addAssetRoutes(app);
const folder = join(import.meta.dirname, '..', 'assets');

describe('assets', () => {
  it('are kept for a year under a URL with their hash', async () => {
    const href = assetHref('fieldfix.css');
    assert.match(href, /^\/assets\/fieldfix-[0-9a-f]{12}\.css$/);
    const answer = await app.request(href);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(answer.headers.get('content-type'), 'text/css; charset=utf-8');
    assert.equal(await answer.text(), readFileSync(join(folder, 'fieldfix.css'), 'utf8'));
  });

  it('answer an older hash with the present file, kept shortly', async () => {
    const answer = await app.request('/assets/fieldfix-000000000000.css');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=60');
  });

  it('travel compressed', async () => {
    const href = assetHref('tabler.css');
    const plain = Buffer.from(await (await app.request(href)).arrayBuffer());
    const brotli = await app.request(href, { headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(brotli.headers.get('content-encoding'), 'br');
    const small = Buffer.from(await brotli.arrayBuffer());
    assert.ok(small.length < plain.length / 6, `${small.length} of ${plain.length} bytes`);
    assert.ok(brotliDecompressSync(small).equals(plain));
    const gzip = await app.request(href, { headers: { 'accept-encoding': 'gzip' } });
    assert.ok(gunzipSync(Buffer.from(await gzip.arrayBuffer())).equals(plain));
    assert.equal(gzip.headers.get('vary'), 'accept-encoding');
  });

  it('cannot be used to read other files', async () => {
    for (const path of [
      '/assets/../package.json',
      '/assets/%2e%2e%2fpackage.json',
      '/assets/',
      '/assets/fieldfix.css%00',
      '/assets/package.json',
    ]) {
      assert.equal((await app.request(path)).status, 404, path);
    }
  });

  it('throw for a name that does not exist', () => {
    assert.throws(() => assetHref('nothing.css'), /no asset "nothing\.css"/);
  });

  it('load nothing from elsewhere', () => {
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8').replaceAll('http://www.w3.org/2000/svg', '');
      assert.doesNotMatch(text, /https?:\/\/[\w[]/, `assets/${file} names another server`);
      assert.doesNotMatch(text, /@import|\beval\(|innerHTML/, `assets/${file}`);
    }
  });

  it('use no colour function that browsers of 2020 do not know', () => {
    const css = readFileSync(join(folder, 'fieldfix.css'), 'utf8');
    assert.doesNotMatch(css, /oklch\(|color-mix\(|light-dark\(|:has\(/);
    assert.ok(css.split('\n').length < 500, 'fieldfix.css has grown beyond a few hundred lines');
  });
});

describe('resolveLightDark', () => {
  it('keeps the light colour, also when nested', () => {
    assert.equal(resolveLightDark('a{color:light-dark(#fff,#000)}'), 'a{color:#fff}');
    assert.equal(
      resolveLightDark(
        'a{b:light-dark(color-mix(in oklab, var(--x) 60%, red), y(1, 2));c:light-dark( light-dark(1,2) ,3)}',
      ),
      'a{b:color-mix(in oklab, var(--x) 60%, red);c:1}',
    );
  });

  it('leaves none in the style sheet that is served', async () => {
    for (const name of ['tabler.css', 'tabler.rtl.css']) {
      const css = await (await app.request(assetHref(name))).text();
      assert.doesNotMatch(css, /light-dark\(|sourceMappingURL/);
      assert.equal(css.split('{').length, css.split('}').length, `${name} is whole`);
    }
  });
});
