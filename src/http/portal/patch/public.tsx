/** The public page of an action: how to see that a file is the true one. No sign-in, and nothing that is a secret. */
import { loadPublicAction, loadReaderPackages } from '../../../app/queries/downloads.ts';
import { readMetadataFile } from '../../../app/trust.ts';
import { describeMeta } from '../../../domain/tuf.ts';
import type { C } from '../../context.ts';
import { chooseLanguage, translator } from '../../translate.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { verifierPart } from '../../verifier/programs.tsx';
import { printedFacts } from '../texts.ts';
import { fileSize, Genuine } from './words.tsx';

/** GET /public/:reference. The same 404 for what is not there, not released, and under embargo. */
export async function showPublicAction(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const asked = c.req.query('lang');
  const t = translator(chooseLanguage({ asked, known: [], accept: c.req.header('accept-language') }));
  const action = await loadPublicAction(ctx.db, (c.req.param('reference') ?? '').slice(0, 100), ctx.now());
  const url = c.req.path + new URL(c.req.url).search;
  if (!action) {
    return html(
      c,
      <PortalPage
        shell={{ t, manufacturer: t('portal.link.manufacturer'), url }}
        title={t('portal.public.unknown')}
        lede={t('portal.public.unknown-lede')}
      >
        {null}
      </PortalPage>,
      404,
    );
  }
  const facts = printedFacts(action.facts, t.language);
  const files = await loadReaderPackages(ctx.db, action.id);
  const root = await readMetadataFile(ctx.db, '1.root.json');
  const verifier = files.length > 0 ? await verifierPart(ctx, t) : null;
  return html(
    c,
    <PortalPage
      shell={{
        t,
        manufacturer: facts.manufacturer || t('portal.link.manufacturer'),
        reference: action.reference,
        url,
        helpline: { phone: facts.phone, email: facts.email, hours: facts.hours },
      }}
      title={t('portal.public.title')}
      lede={t('portal.public.lede')}
    >
      {files.length === 0 ? <p>{t('portal.public.none')}</p> : null}
      {files.map((file) => (
        <article key={file.id} class="ff-patch">
          <h2>
            <Identifier>{file.file}</Identifier>
          </h2>
          <p class="ff-hint">
            {t('portal.patch.version', { version: file.version, size: fileSize(file.size, t.language) })}
          </p>
          {file.state === 'withdrawn' ? <Alert tone="danger" title={t('portal.patch.withdrawn')} /> : null}
          <Genuine t={t} file={file.file} sha256={file.sha256} sha512={file.sha512} />
        </article>
      ))}
      <p>{t('portal.public.get')}</p>
      {verifier}
      {root ? (
        <>
          <h2>{t('portal.public.signed')}</h2>
          <p>{t('portal.public.signed-lede')}</p>
          <dl class="ff-patch-hash">
            <dt>{t('portal.public.metadata')}</dt>
            <dd>
              <Identifier>{`${ctx.settings.publicUrl}/tuf/`}</Identifier>
            </dd>
            <dt>
              <Identifier>1.root.json</Identifier> SHA-256
            </dt>
            <dd>
              <Identifier>{describeMeta(1, root.bytes).sha256}</Identifier>
            </dd>
          </dl>
        </>
      ) : null}
    </PortalPage>,
  );
}

/** GET /tuf/:file: the signed metadata. Public; the files it speaks of are not here. */
export async function sendMetadata(c: C): Promise<Response> {
  const file = await readMetadataFile(c.get('ctx').db, c.req.param('file') ?? '');
  if (!file) return c.text('There is no such metadata here.\n', 404);
  return new Response(new Uint8Array(file.bytes), {
    headers: {
      'content-type': 'application/json',
      'content-length': String(file.bytes.length),
      // A version never changes; the timestamp is what tells whether there is a newer one.
      'cache-control': file.role === 'timestamp' ? 'no-cache' : 'public, max-age=86400, immutable',
    },
  });
}
