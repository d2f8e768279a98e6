/**
 * The few static files Fieldfix serves: the design system's style sheet, our own style sheet and script, the mark.
 * Every URL carries the hash of its content, so that browsers may keep it for ever and a new release is seen at once.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import type { Context, Hono } from 'hono';

const ownFolder = join(import.meta.dirname, '..', '..', 'assets');

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
};

/** Files of installed packages that pages need, by the name pages use for them. */
const packageFiles: Record<string, [packageName: string, path: string]> = {
  'tabler.css': ['@tabler/core', 'dist/css/tabler.min.css'],
  'tabler.rtl.css': ['@tabler/core', 'dist/css/tabler.rtl.min.css'],
  'simplewebauthn.js': ['@simplewebauthn/browser', 'dist/bundle/index.umd.min.js'],
  'zxing-reader.js': ['zxing-wasm', 'dist/iife/reader/index.js'],
  'zxing-reader.wasm': ['zxing-wasm', 'dist/reader/zxing_reader.wasm'],
};

type Asset = {
  name: string;
  href: string;
  contentType: string;
  plain: Buffer<ArrayBuffer>;
  /** Compressed on first request and kept; undefined until then. */
  gzip?: Buffer<ArrayBuffer>;
  brotli?: Buffer<ArrayBuffer>;
};

let assets: Map<string, Asset> | undefined;

/**
 * Replaces every `light-dark(A, B)` by `A`. Fieldfix has one light look, and the function is unknown to browsers from
 * before 2024, which would drop the whole colour.
 * @param css a style sheet
 * @returns the same style sheet without `light-dark()`
 */
export function resolveLightDark(css: string): string {
  const name = 'light-dark(';
  let out = '';
  let from = 0;
  for (let at = css.indexOf(name); at >= 0; at = css.indexOf(name, from)) {
    out += css.slice(from, at);
    const start = at + name.length;
    let depth = 1;
    let comma = -1;
    let end = start;
    for (; end < css.length && depth > 0; end++) {
      const sign = css[end];
      if (sign === '(') depth++;
      else if (sign === ')') depth--;
      else if (sign === ',' && depth === 1 && comma < 0) comma = end;
    }
    // The first argument may hold light-dark() itself (through nested mixes).
    out += resolveLightDark(css.slice(start, comma < 0 ? end - 1 : comma).trim());
    from = end;
  }
  return out + css.slice(from);
}

function loadAsset(name: string, bytes: Buffer<ArrayBuffer>): Asset {
  const ending = extname(name);
  const contentType = contentTypes[ending];
  if (!contentType)
    throw new Error(`assets/${name}: no content type is known for "${ending}"; add it to src/http/assets.ts`);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const stem = name.slice(0, -ending.length);
  return { name, href: `/assets/${stem}-${hash}${ending}`, contentType, plain: bytes };
}

function loadAssets(): Map<string, Asset> {
  const loaded = new Map<string, Asset>();
  for (const [name, [packageName, path]] of Object.entries(packageFiles)) {
    const manifest = findPackageJSON(packageName, import.meta.url);
    if (!manifest) throw new Error(`The package ${packageName} is not installed`);
    const bytes = readFileSync(join(dirname(manifest), path));
    const text = name.endsWith('.css') ? resolveLightDark(withoutSourceMap(bytes.toString('utf8'))) : undefined;
    loaded.set(name, loadAsset(name, text === undefined ? bytes : Buffer.from(text)));
  }
  for (const name of readdirSync(ownFolder)) loaded.set(name, loadAsset(name, readFileSync(join(ownFolder, name))));
  return loaded;
}

/** The source map is not served; without its comment, opened developer tools ask for nothing that is missing. */
function withoutSourceMap(text: string): string {
  return text.replace(/\/\*# sourceMappingURL=.*?\*\//g, '');
}

function allAssets(): Map<string, Asset> {
  assets ??= loadAssets();
  return assets;
}

/**
 * @param name file name in assets/, or a name of `packageFiles`, e.g. `fieldfix.css`
 * @returns the URL path with the content hash, e.g. `/assets/fieldfix-1f2e3d4c5b6a.css`
 * @throws when there is no such file: a page that names it is wrong
 */
export function assetHref(name: string): string {
  const asset = allAssets().get(name);
  if (!asset) throw new Error(`There is no asset "${name}"`);
  return asset.href;
}

/** Splits `fieldfix-1f2e3d4c5b6a.css` into `fieldfix.css`; a name without hash stays as it is. */
function nameOf(file: string): string {
  return file.replace(/-[0-9a-f]{12}(?=\.[a-z]+$)/, '');
}

function body(asset: Asset, accepted: string): { bytes: Buffer<ArrayBuffer>; encoding?: 'br' | 'gzip' } {
  if (asset.plain.length < 1024 || asset.contentType === 'image/png') return { bytes: asset.plain };
  if (/\bbr\b/.test(accepted)) {
    asset.brotli ??= brotliCompressSync(asset.plain, { params: { [zlib.BROTLI_PARAM_QUALITY]: 9 } });
    return { bytes: asset.brotli, encoding: 'br' };
  }
  if (/\bgzip\b/.test(accepted)) {
    asset.gzip ??= gzipSync(asset.plain);
    return { bytes: asset.gzip, encoding: 'gzip' };
  }
  return { bytes: asset.plain };
}

/**
 * Answers `GET /assets/<file>`. A hash of another release is answered with today's file, kept only shortly: while
 * several servers are being exchanged, a page of the old one may ask the new one.
 */
export function serveAsset(c: Context): Response {
  const file = c.req.path.slice('/assets/'.length);
  const asset = allAssets().get(nameOf(file));
  if (!asset) return c.text('There is no such file.', 404);
  const { bytes, encoding } = body(asset, c.req.header('accept-encoding') ?? '');
  const current = asset.href === c.req.path;
  const headers: Record<string, string> = {
    'content-type': asset.contentType,
    'content-length': String(bytes.length),
    'cache-control': current ? 'public, max-age=31536000, immutable' : 'public, max-age=60',
    'cross-origin-resource-policy': 'same-origin',
    vary: 'accept-encoding',
  };
  if (encoding) headers['content-encoding'] = encoding;
  return c.body(bytes, 200, headers);
}

/** Adds the asset URLs to an app: `/assets/*`, and the two addresses browsers ask for by themselves. */
export function addAssetRoutes(app: Pick<Hono, 'get'>): void {
  app.get('/assets/*', serveAsset);
  app.get('/favicon.ico', (c) => c.redirect(assetHref('mark.svg'), 302));
  app.get('/robots.txt', (c) => c.text('User-agent: *\nDisallow: /\n'));
}
