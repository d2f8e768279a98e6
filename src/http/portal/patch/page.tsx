/** The download in the portal: what it is, how to see that it is genuine, and the way through the gate. */
import type { VNode } from 'preact';
import { checkAccess } from '../../../app/download-access.ts';
import { CODE_MINUTES, requestCode, requestCodeInput } from '../../../app/download-codes.ts';
import { grantDownload, grantDownloadInput, openDownload } from '../../../app/downloads.ts';
import {
  type GateState,
  loadGateState,
  loadReaderPackages,
  type ReaderPackage,
} from '../../../app/queries/downloads.ts';
import { linesIn, maskAddress } from '../../../domain/package.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { clientAddress } from '../../client-address.ts';
import { fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, refusalText } from '../../refusal.tsx';
import { Form, HiddenInput, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { verifierPart } from '../../verifier/programs.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { claimMiss, missesLeft } from '../misses.ts';
import { fileSize, Genuine, Instructions, Lines } from './words.tsx';

/** A package with whether this reader may have it now. */
interface Offer {
  file: ReaderPackage;
  refused: Refusal | undefined;
  gate: GateState;
}

async function loadOffers({ ctx, data }: Portal): Promise<Offer[]> {
  const files = await loadReaderPackages(ctx.db, data.action.id);
  const offers: Offer[] = [];
  for (const file of files) {
    const checked = await checkAccess(ctx.db, ctx, data.link.id, file.id);
    const gate = await loadGateState(ctx.db, data.link.id, data.contact.id, file.id, ctx.now());
    offers.push({ file, refused: isRefusal(checked) ? checked : undefined, gate });
  }
  return offers;
}

/** GET /p/:token/patch. Sends nothing and grants nothing, whoever opens it (law 1). */
export const showPatch = portalPage({}, (portal) => patchPage(portal, freshForm(), 200));

/** POST /p/:token/patch/code: a code to the address on file. */
export const sendCode = portalPage({}, async (portal) => {
  const { c, ctx, t, base } = portal;
  const body = await readForm(c);
  const input = requestCodeInput.safeParse({ packageId: Number(fieldText(body, 'package')) });
  if (!input.success) return seeOther(c, `${base}/patch`);
  const sent = await requestCode(ctx, input.data);
  if (isRefusal(sent)) return patchPage(portal, refusedForm(body, [refusalError(sent, t.language)]), 422);
  setFlash(c, {
    tone: 'done',
    text: t('portal.patch.code-sent', { address: sent.sentTo, minutes: CODE_MINUTES }),
  });
  return seeOther(c, `${base}/patch#get-${input.data.packageId}`);
});

/** POST /p/:token/patch/grant: a right code opens the download. */
export const sendGrant = portalPage({}, async (portal) => {
  const { c, ctx, t, base } = portal;
  const body = await readForm(c);
  const address = clientAddress(c);
  const input = grantDownloadInput.safeParse({
    packageId: Number(fieldText(body, 'package')),
    code: fieldText(body, 'code'),
  });
  if (!input.success) {
    return patchPage(portal, refusedForm(body, [{ field: 'code', message: t('portal.patch.code-missing') }]), 422);
  }
  if (!missesLeft(address, ctx.now())) {
    const slow = { field: 'code', message: t('portal.link.slow') };
    return patchPage(portal, refusedForm(body, [slow]), 429);
  }
  const granted = await grantDownload(ctx, input.data);
  if (isRefusal(granted)) {
    if (granted.at === 'code') claimMiss(address, ctx.now());
    return patchPage(portal, refusedForm(body, [refusalError(granted, t.language)]), 422);
  }
  return seeOther(c, `${base}/patch/${granted.token}`);
});

async function patchPage(portal: Portal, form: FormState, status: 200 | 422 | 429): Promise<Response> {
  const { c, ctx, t, shell, base } = portal;
  const offers = await loadOffers(portal);
  const verifier = offers.length > 0 ? await verifierPart(ctx, t) : null;
  return html(
    c,
    <PortalPage
      shell={shell}
      title={t('portal.patch.title')}
      lede={offers.length === 0 ? t('portal.patch.none') : t('portal.patch.lede')}
      back={{ href: base }}
      errors={form.errors}
    >
      {offers.map((offer) => (
        <OfferPart key={offer.file.id} portal={portal} offer={offer} form={form} />
      ))}
      {verifier}
    </PortalPage>,
    status,
  );
}

function OfferPart({ portal, offer, form }: { portal: Portal; offer: Offer; form: FormState }): VNode {
  const { t, data } = portal;
  const { file, refused } = offer;
  const lines = linesIn(file, t.language);
  const asked = Number(form.values.package) === file.id ? form : undefined;
  return (
    <article class="ff-patch">
      <h2>
        <Identifier>{file.file}</Identifier>
      </h2>
      <p class="ff-hint">
        {file.remedy} · {t('portal.patch.version', { version: file.version, size: fileSize(file.size, t.language) })}
      </p>
      {file.state === 'withdrawn' ? (
        <Alert tone="danger" title={t('portal.patch.withdrawn')}>
          <p>{file.withdrawnAt ? <Day value={file.withdrawnAt.toISOString().slice(0, 10)} /> : null}</p>
        </Alert>
      ) : refused ? (
        <Alert tone="attention">
          <p>
            {refusalText(refused, t.language)}{' '}
            {refused.code === 'download.not-entitled' ? (
              <a href={`${portal.base}/form/others`}>{t('portal.units.tell')}</a>
            ) : null}
          </p>
        </Alert>
      ) : (
        <>
          <Gate portal={portal} offer={offer} form={asked} />
          <Lines title={t('portal.patch.before')} lines={lines.prerequisites} level={3} />
          <Lines title={t('portal.patch.changes')} lines={lines.sideEffects} level={3} />
          <Instructions t={t} instructions={file.instructions} languages={data.contact.languages} level={3} />
        </>
      )}
      <h3>{t('portal.patch.genuine')}</h3>
      <Genuine t={t} file={file.file} sha256={file.sha256} sha512={file.sha512} />
    </article>
  );
}

/** Two steps of one thing: have a code sent, type it. The second shows once a code is on its way. */
function Gate({ portal, offer, form }: { portal: Portal; offer: Offer; form: FormState | undefined }): VNode {
  const { t, base, data } = portal;
  const { file, gate } = offer;
  const left = Math.max(0, file.mostDownloads - gate.copies);
  return (
    <section id={`get-${file.id}`} class="ff-patch-get" aria-labelledby={`get-${file.id}-h`}>
      <h3 id={`get-${file.id}-h`}>{t('portal.patch.get')}</h3>
      {gate.openUntil ? (
        <Form action={`${base}/patch/grant`}>
          <HiddenInput name="package" value={file.id} />
          <TextInput
            form={form}
            name="code"
            label={t('portal.patch.code')}
            hint={t('portal.patch.code-hint', { address: maskAddress(data.contact.email) })}
            inputMode="numeric"
            autocomplete="one-time-code"
            width={12}
            identifier
            required
          />
          <SubmitButton>{t('portal.patch.enter')}</SubmitButton>
        </Form>
      ) : null}
      <Form action={`${base}/patch/code`}>
        <HiddenInput name="package" value={file.id} />
        {gate.openUntil ? null : (
          <p>{t('portal.patch.code-lede', { address: maskAddress(data.contact.email), minutes: CODE_MINUTES })}</p>
        )}
        <SubmitButton tone={gate.openUntil ? 'secondary' : 'primary'} icon="mail">
          {t(gate.openUntil ? 'portal.patch.send-again' : 'portal.patch.send-code')}
        </SubmitButton>
      </Form>
      <p class="ff-hint">
        <a href={`${base}/contact`}>{t('portal.patch.other-address')}</a> {t('portal.patch.left', { left })}
      </p>
    </section>
  );
}

/** Double quotes are understood by every prompt; a name with signs that they do not hold goes in single ones. */
function quoted(fileName: string): string {
  return /[$`!%]/.test(fileName) ? `'${fileName.replaceAll("'", `'\\''`)}'` : `"${fileName}"`;
}

/** GET /p/:token/patch/:grant: the address of the file, for whoever passed the gate. */
export const showReady = portalPage({}, async (portal) => {
  const { c, ctx, t, shell, base, data } = portal;
  const token = c.req.param('grant') ?? '';
  const address = clientAddress(c);
  const download = missesLeft(address, ctx.now()) ? await openDownload(ctx, token) : undefined;
  if (!download || isRefusal(download)) {
    if (download?.code === 'download.unknown') claimMiss(address, ctx.now());
    const words = download ? refusalText(download, t.language) : t('portal.link.slow');
    return html(
      c,
      <PortalPage shell={shell} title={t('portal.patch.title')} lede={words} back={{ href: `${base}/patch` }}>
        <p>
          <LinkButton href={`${base}/patch`} tone="primary">
            {t('portal.patch.again')}
          </LinkButton>
        </p>
      </PortalPage>,
      download ? 404 : 429,
    );
  }
  const { access } = download;
  const href = `${base}/patch/${token}/${encodeURIComponent(access.fileName)}`;
  const file = (await loadReaderPackages(ctx.db, data.action.id)).find((one) => one.id === access.packageId);
  return html(
    c,
    <PortalPage
      shell={shell}
      title={t('portal.patch.ready')}
      lede={
        <>
          {t('portal.patch.ready-lede')} {t('portal.patch.until')} <Moment at={download.expiresAt} zoned />
        </>
      }
      back={{ href: `${base}/patch` }}
    >
      <p>
        <LinkButton href={href} tone="primary" icon="download">
          {t('portal.patch.save', { file: access.fileName, size: fileSize(access.size, t.language) })}
        </LinkButton>
      </p>
      <h2>{t('portal.patch.tools')}</h2>
      <p class="ff-hint">{t('portal.patch.tools-lede')}</p>
      <pre class="ff-patch-command" dir="ltr">
        <code>{`curl -C - -o ${quoted(access.fileName)} "${ctx.settings.publicUrl}${href}"`}</code>
      </pre>
      {file ? (
        <>
          <h2>{t('portal.patch.genuine')}</h2>
          <Genuine t={t} file={file.file} sha256={file.sha256} sha512={file.sha512} />
          <Lines title={t('portal.patch.before')} lines={linesIn(file, t.language).prerequisites} level={2} />
          <Instructions t={t} instructions={file.instructions} languages={data.contact.languages} level={2} />
        </>
      ) : null}
      <p>
        <LinkButton href={`${base}/form/corrections`} icon="checklist">
          {t('portal.patch.report')}
        </LinkButton>
      </p>
    </PortalPage>,
  );
});
