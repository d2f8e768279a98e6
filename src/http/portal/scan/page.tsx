/** Reading a label in the laboratory: typed, by a scanner that types, or by the camera. Looking changes nothing. */
import type { VNode } from 'preact';
import { type BarcodeAnswer, lookUpBarcode } from '../../../app/barcodes.ts';
import type { PortalUnit } from '../../../app/queries/portal.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { assetHref } from '../../assets.ts';
import { scannerPolicy } from '../../security.ts';
import { LinkButton, SubmitButton } from '../../ui/field.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { unitLabel } from '../unit-label.ts';

/** GET /p/:token/scan, and with ?code= what a label means. */
export const showScan = portalPage({ units: true }, async (portal) => {
  const { c, ctx } = portal;
  const code = (c.req.query('code') ?? '').slice(0, 300);
  const answer = code.trim() === '' ? undefined : await lookUpBarcode(ctx, { text: code });
  // This page alone may use the camera and run the reader of codes, both from this server.
  c.header('content-security-policy', scannerPolicy);
  c.header('permissions-policy', 'camera=(self), geolocation=(), microphone=()');
  return html(c, <ScanPage portal={portal} code={code} answer={answer} />);
});

function ScanPage({
  portal,
  code,
  answer,
}: {
  portal: Portal;
  code: string;
  answer: BarcodeAnswer | Refusal | undefined;
}): VNode {
  const { t, shell, base } = portal;
  return (
    <PortalPage shell={shell} title={t('portal.scan.title')} lede={t('portal.scan.lede')} back={{ href: base }}>
      {answer === undefined ? null : <Answer portal={portal} code={code} answer={answer} />}
      <form class="ff-form" action={`${base}/scan`} method="get" id="scan">
        <div class="ff-field">
          <label for="code">{t('portal.scan.field')}</label>
          <p class="ff-hint" id="code-hint">
            {t('portal.scan.hint')}
          </p>
          <input
            class="form-control ff-identifier"
            id="code"
            name="code"
            dir="ltr"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            maxLength={300}
            required
            // Whoever comes here has a scanner in hand: it types where the cursor is.
            autofocus
            aria-describedby="code-hint"
          />
        </div>
        <p class="ff-portal-next">
          <SubmitButton icon="search">{t('portal.scan.button')}</SubmitButton>
        </p>
      </form>
      <div
        id="camera"
        hidden
        data-script={assetHref('zxing-reader.js')}
        data-wasm={assetHref('zxing-reader.wasm')}
        data-start={t('portal.scan.camera')}
        data-stop={t('portal.scan.stop')}
        data-aim={t('portal.scan.aim')}
        data-none={t('portal.scan.no-camera')}
      />
      <link rel="stylesheet" href={assetHref('barcode.css')} />
      <script src={assetHref('barcode.js')} defer />
    </PortalPage>
  );
}

function Answer({ portal, code, answer }: { portal: Portal; code: string; answer: BarcodeAnswer | Refusal }): VNode {
  const { t, data, base } = portal;
  if (isRefusal(answer))
    return (
      <Alert tone="attention">
        <p>{t('portal.scan.unreadable')}</p>
      </Alert>
    );
  if (answer.outcome === 'listed') {
    const ids = new Set(answer.units.map((unit) => unit.id));
    return (
      <>
        {data.units
          .filter((unit) => ids.has(unit.id))
          .map((unit) => (
            <Listed key={unit.id} unit={unit} portal={portal} />
          ))}
      </>
    );
  }
  const shown = answer.number === '' ? code : answer.number;
  if (answer.outcome === 'not-affected') {
    const product = answer.units[0]?.product ?? answer.product?.name ?? shown;
    return (
      <Alert tone="done">
        <p>{t('portal.scan.not-affected', { product })}</p>
      </Alert>
    );
  }
  return (
    <Alert tone="attention">
      <p>
        <strong>{t('portal.scan.unknown', { text: shown })}</strong>
      </p>
      <p>
        {answer.product
          ? t('portal.scan.unknown-affected', { product: answer.product.name })
          : t('portal.scan.unknown-next')}
      </p>
      <p>
        <LinkButton href={`${base}/form/others`} icon="plus">
          {t('portal.scan.tell')}
        </LinkButton>
      </p>
    </Alert>
  );
}

function Listed({ unit, portal }: { unit: PortalUnit; portal: Portal }): VNode {
  const { t, base } = portal;
  return (
    <Alert tone="note">
      <p>
        <strong>{t('portal.scan.listed', { unit: unitLabel(unit, t) })}</strong>
      </p>
      <ul class="ff-unit-states">
        {unit.corrections.map((one) => (
          <li key={one.id}>
            <span>
              {one.environmentName}: {one.remedy}
            </span>
            <StateBadge kind="correction" state={one.state} />
          </li>
        ))}
      </ul>
      <p>
        <LinkButton href={`${base}/form/corrections#unit-${unit.id}`} tone="primary" icon="checklist">
          {t('portal.scan.report')}
        </LinkButton>{' '}
        <Identifier>{unit.serial}</Identifier>
      </p>
    </Alert>
  );
}
