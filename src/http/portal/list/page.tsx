/** Answering with a list: for those who answer for several places. What their list needs, and where it is sent from. */
import type { VNode } from 'preact';
import { answersForMany } from '../../../app/mandates.ts';
import { loadOwnSheets, loadTemplate } from '../../../app/queries/spreadsheets.ts';
import { keepSpreadsheet } from '../../../app/spreadsheets.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { seeOther } from '../../context.ts';
import { tableAnswer } from '../../file-answer.ts';
import type { Translate } from '../../translate.ts';
import { FileInput, Form, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { Moment } from '../../ui/time.tsx';
import { readUpload, UploadBrokenError } from '../../upload.ts';
import { type Portal, portalPage } from '../gate.tsx';

/** GET /p/:token/list */
export const showList = portalPage({}, async (portal) => {
  const many = await answersForMany(portal.ctx.db, portal.data.action.id, portal.data.party.id);
  return html(portal.c, await listPage(portal, freshForm(), many));
});

/** POST /p/:token/list: kept whole and checked; nothing is recorded before its sender has seen what was read. */
export const sendList = portalPage({}, async (portal) => {
  const { c, ctx, data, t, base } = portal;
  const again = async (message: string) =>
    html(c, await listPage(portal, refusedForm({}, [{ field: 'file', message }]), true), 422);
  const upload = await readUpload(c);
  if (!upload?.file) return again(t('portal.list.none'));
  try {
    const kept = await keepSpreadsheet(ctx, {
      actionId: data.action.id,
      partyId: data.party.id,
      contactId: data.contact.id,
      name: upload.file.name,
      bytes: upload.file.bytes,
      way: 'portal',
    });
    if (isRefusal(kept)) {
      if (kept.code === 'spreadsheet.not-for-many') return html(c, await listPage(portal, freshForm(), false), 403);
      return again(t('portal.list.unreadable', { why: t(whyUnreadable(kept)) }));
    }
    if (!kept.fresh) setFlash(c, { tone: 'note', text: t('portal.list.sent-before') });
    return seeOther(c, `${base}/list/${kept.id}`);
  } catch (error) {
    if (!(error instanceof UploadBrokenError)) throw error;
    return again(t('portal.list.none'));
  }
});

/** GET /p/:token/list/devices.xlsx: what is open of those the reader answers for, as a list to fill in. */
export const sendTemplate = portalPage({}, async ({ ctx, data, t }) => {
  const many = await answersForMany(ctx.db, data.action.id, data.party.id);
  const rows = many ? await loadTemplate(ctx.db, data.action.id, data.party.id) : [];
  const empty = () => '';
  const bytes = ctx.tables.xlsx(rows, [
    { heading: t('portal.list.template-serial'), value: (row) => row.serial },
    { heading: t('portal.list.template-mode'), value: (row) => row.mode },
    { heading: t('portal.list.template-status'), value: empty },
    { heading: t('portal.list.template-date'), value: empty },
    { heading: t('portal.list.template-remark'), value: empty, width: 40 },
  ]);
  return tableAnswer(bytes, data.action.reference, 'xlsx');
});

/** Why a file cannot be read, as a key of plain words. */
export function whyUnreadable(refusal: Pick<Refusal, 'code'>): string {
  const why = /encrypted/.test(refusal.code)
    ? 'locked'
    : /empty|no-rows/.test(refusal.code)
      ? 'empty'
      : /no-header/.test(refusal.code)
        ? 'header'
        : /too-large|too-many|\.rows|bomb|columns|cell$|texts/.test(refusal.code)
          ? 'size'
          : 'form';
  return `portal.list.unreadable-why.${why}`;
}

async function listPage(portal: Portal, form: FormState, many: boolean): Promise<VNode> {
  const { ctx, data, t, shell, base } = portal;
  if (!many)
    return (
      <PortalPage shell={shell} title={t('portal.list.title')} back={{ href: base }}>
        <Alert tone="note">
          <p>{t('portal.list.not-here')}</p>
        </Alert>
        <p>
          <LinkButton href={`${base}/form/receipt`} tone="primary" icon="checklist">
            {t('portal.place.form')}
          </LinkButton>
        </p>
      </PortalPage>
    );
  const sheets = await loadOwnSheets(ctx.db, data.action.id, data.party.id);
  return (
    <PortalPage
      shell={shell}
      title={t('portal.list.title')}
      lede={t('portal.list.lede')}
      back={{ href: base }}
      errors={form.errors}
    >
      <h2>{t('portal.list.need')}</h2>
      <ul>
        <li>{t('portal.list.need-unit')}</li>
        <li>{t('portal.list.need-status')}</li>
        <li>{t('portal.list.need-date')}</li>
      </ul>
      <p>
        <LinkButton href={`${base}/list/devices.xlsx`} tone="quiet" icon="download">
          {t('portal.list.template')}
        </LinkButton>
      </p>
      <Form action={`${base}/list`} upload>
        <FileInput
          form={form}
          name="file"
          label={t('portal.list.file')}
          hint={t('portal.list.hint')}
          accept=".xlsx,.csv,.tsv,.txt"
          required
        />
        <p class="ff-portal-next">
          <SubmitButton icon="send">{t('portal.list.send')}</SubmitButton>
        </p>
      </Form>
      <p class="ff-hint">{t('portal.list.before')}</p>
      {sheets.length > 0 ? (
        <section aria-labelledby="earlier">
          <h2 id="earlier">{t('portal.list.earlier')}</h2>
          <ul class="ff-plain-list">
            {sheets.map((sheet) => (
              <li key={sheet.id}>
                <a href={`${base}/list/${sheet.id}`}>
                  <bdi>{sheet.name}</bdi>
                </a>{' '}
                <span class="ff-hint">
                  <Moment at={sheet.received_at} />, {t(stateKey(sheet.state))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </PortalPage>
  );
}

function stateKey(state: string): Parameters<Translate>[0] {
  const known = ['applied', 'checked', 'failed', 'discarded'].includes(state) ? state : 'waiting';
  return `portal.list.state.${known}`;
}
