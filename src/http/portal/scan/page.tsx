/**
 * Reading labels in the laboratory: typed, by a scanner that types, or by the camera. Looking changes nothing; a scan that
 * is sent notes the label in the round and, if the reader wishes so, answers for its unit in the form.
 */
import type { VNode } from 'preact';
import { lookUpBarcode } from '../../../app/barcodes.ts';
import { readRound } from '../../../domain/label-round.ts';
import { assetHref } from '../../assets.ts';
import { scannerPolicy } from '../../security.ts';
import { SubmitButton } from '../../ui/field.tsx';
import { type FormState, fieldId, freshForm, textOf } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { portalForm } from '../form/model.ts';
import { fieldWords } from '../form/words.ts';
import { type Portal, portalPage } from '../gate.tsx';
import { LabelAnswer, type LabelAnswerProps } from './answer.tsx';
import { RoundList, Undo } from './round.tsx';
import { correctionPlace, WishFields, wishFields } from './wish.tsx';

/** GET /p/:token/scan; `?code=` looks a label up, `?at=` shows a scan of the round again. */
export const showScan = portalPage({ units: true, answers: true }, async (portal) => {
  const { c, ctx, data } = portal;
  const at = Number(c.req.query('at'));
  const scanned = readRound(data.draft?.labelRound).scanned.find((one) => one.number === at);
  const code = (c.req.query('code') ?? '').slice(0, 300);
  const text = scanned?.text ?? code.trim();
  if (text === '') return scanPage(portal, freshForm());
  return scanPage(portal, freshForm(), {
    text,
    answer: await lookUpBarcode(ctx, { text }),
    undo: scanned ? <Undo portal={portal} number={scanned.number} name={scanned.name} /> : null,
  });
});

/** The page as an answer. This page alone may use the camera and run the reader of codes, both from this server. */
export function scanPage(
  portal: Portal,
  state: FormState,
  answer?: Omit<LabelAnswerProps, 'portal' | 'form'>,
  status: 200 | 422 = 200,
): Response {
  const { c } = portal;
  c.header('content-security-policy', scannerPolicy);
  c.header('permissions-policy', 'camera=(self), geolocation=(), microphone=()');
  return html(c, <ScanPage portal={portal} state={state} answer={answer} />, status);
}

type ScanPageProps = {
  portal: Portal;
  state: FormState;
  answer: Omit<LabelAnswerProps, 'portal' | 'form'> | undefined;
};

function ScanPage({ portal, state, answer }: ScanPageProps): VNode {
  const { t, shell, base, data, texts } = portal;
  const form = portalForm(portal);
  const place = form && correctionPlace(form);
  const round = readRound(data.draft?.labelRound);
  const values = place && state.errors.length === 0 ? { ...state, values: wishFields(round.wish, place) } : state;
  const errors = state.errors.map((error) => ({
    ...error,
    message:
      form && error.field.startsWith('all.')
        ? t('portal.form.error', { question: fieldWords(form, error.field, t), problem: error.message })
        : error.message,
  }));
  return (
    <PortalPage
      shell={shell}
      title={t('portal.scan.title')}
      lede={t('portal.scan.lede')}
      back={{ href: base }}
      errors={errors}
    >
      {form ? <link rel="stylesheet" href={`/portal/forms/${texts.form?.id}.css`} /> : null}
      <link rel="stylesheet" href={assetHref('barcode.css')} />
      <div id="answer" aria-live="polite">
        {answer ? <LabelAnswer portal={portal} form={form} {...answer} /> : null}
      </div>
      {/* Without a form there is nothing to write into: looking is a question, and a question is a GET. */}
      <form class="ff-form" action={`${base}/scan`} method={form ? 'post' : 'get'} id="scan" noValidate>
        <div id="wish">
          {form && place ? (
            <WishFields portal={portal} form={form} place={place} state={values} wish={round.wish} />
          ) : null}
        </div>
        <div class="ff-field">
          <label class="form-label" for={fieldId('code')}>
            {t('portal.scan.field')}
          </label>
          <p class="ff-hint" id="code-hint">
            {t('portal.scan.hint')}
          </p>
          <input
            class="form-control ff-identifier"
            id={fieldId('code')}
            name="code"
            dir="ltr"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            maxLength={300}
            required
            value={state.errors.length > 0 ? textOf(state, 'code') : ''}
            // Whoever comes here has a scanner in hand: it types where the cursor is.
            autofocus={state.errors.length === 0}
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
      <div id="round">{form ? <RoundList portal={portal} form={form} round={round} /> : null}</div>
      <script src={assetHref('barcode.js')} defer />
    </PortalPage>
  );
}
