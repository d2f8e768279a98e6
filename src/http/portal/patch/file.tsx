/** The gate itself: a granted file by its address, whole or in ranges. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { openDownload, startRange } from '../../../app/downloads.ts';
import { isUnchanged, rangeHolds, readRange } from '../../../domain/byte-range.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { clientAddress } from '../../client-address.ts';
import { contentDisposition } from '../../content-disposition.ts';
import { refusalText } from '../../refusal.tsx';
import { LinkButton } from '../../ui/field.tsx';
import { html } from '../../ui/page.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { claimMiss } from '../misses.ts';
import { sendRange } from './bytes.ts';

/**
 * GET and HEAD /p/:token/patch/:grant/:file. A read: the grant was made by a POST. Everything is asked again here, for a
 * grant is no promise: link, contact, units, package.
 */
export const sendFile = portalPage({}, async (portal) => {
  const { c, ctx } = portal;
  const download = await openDownload(ctx, c.req.param('grant') ?? '');
  if (isRefusal(download)) return refuseFile(portal, download);
  const { access } = download;
  const etag = `"sha256-${access.sha256}"`;
  const common: Record<string, string> = {
    'accept-ranges': 'bytes',
    etag,
    'content-disposition': contentDisposition('attachment', access.fileName),
    'content-type': 'application/octet-stream',
    'cache-control': 'private, no-store, no-transform',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex, nofollow',
    'cross-origin-resource-policy': 'same-origin',
  };
  if (isUnchanged(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers: common });
  const asked = rangeHolds(c.req.header('if-range'), etag) ? c.req.header('range') : undefined;
  const range = readRange(asked, access.size);
  if (range === 'unsatisfiable')
    return new Response(null, { status: 416, headers: { ...common, 'content-range': `bytes */${access.size}` } });
  const headers = {
    ...common,
    'content-length': String(range.past - range.first),
    ...(range.partial ? { 'content-range': `bytes ${range.first}-${range.past - 1}/${access.size}` } : {}),
  };
  if (c.req.method === 'HEAD') return new Response(null, { status: range.partial ? 206 : 200, headers });

  const accel = ctx.settings.downloadAccel;
  const path = accel === undefined ? undefined : ctx.packages.path?.(access.storageKey);
  const started = await startRange(ctx, download, {
    first: range.first,
    past: range.past,
    address: clientAddress(c),
    handedOver: path !== undefined,
  });
  if (isRefusal(started)) return refuseFile(portal, started);
  if (accel !== undefined && path !== undefined) {
    // The server in front reads the Range itself: it gets the file's name and never a range of ours.
    return new Response(null, { headers: { ...common, 'x-accel-redirect': `${accel}${path}` } });
  }
  return sendRange(c, ctx, download, started.rangeId, range, headers);
});

const STATUS: Record<string, number> = {
  'download.unknown': 404,
  'download.other-link': 404,
  'download.grant-over': 410,
  'download.revoked': 410,
  'download.withdrawn': 410,
  'download.too-many-ranges': 429,
};

/** Why there is no file here, and the way on; not a byte of the package. */
function refuseFile(portal: Portal, refusal: Refusal): Response {
  const { c, ctx, t, shell, base } = portal;
  const status = STATUS[refusal.code] ?? 403;
  // Guessing grants is as slow as guessing links.
  if (status === 404) claimMiss(clientAddress(c), ctx.now());
  return html(
    c,
    <PortalPage shell={shell} title={t('portal.patch.title')} lede={refusalText(refusal, t.language)}>
      <p>
        <LinkButton href={`${base}/patch`} tone="primary">
          {t('portal.patch.again')}
        </LinkButton>
      </p>
    </PortalPage>,
    status as ContentfulStatusCode,
  );
}
