/** One list of the reader: what was read of it, what is wrong, and the button that sends the answers. */
import type { VNode } from 'preact';
import { readList } from '../../../app/queries/list.ts';
import { countSheetAnswers, type SheetListRow, sheetRowList } from '../../../app/queries/spreadsheets.ts';
import type { SheetRow } from '../../../app/spreadsheet-open.ts';
import { refusedColumns, refusedRows } from '../../../app/spreadsheet-receipts.ts';
import { applySpreadsheet, discardSpreadsheet, takeSheet } from '../../../app/spreadsheets.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { errorsForSender, wordSheetFinding } from '../../../domain/spreadsheet-findings.ts';
import { fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { tableAnswer } from '../../file-answer.ts';
import { Checkbox, Form, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { freshForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { type Portal, portalPage } from '../gate.tsx';
import { whyUnreadable } from './page.tsx';

type Sheet = NonNullable<SheetRow>;

/** Rows shown on a page; the file to download has all. */
const ROWS = 50;
/** Seconds after which a page that waits looks again. */
const LOOK_AGAIN = 2;

/** The reader's own list of this number; else the way back to where lists are sent from. */
async function withSheet(portal: Portal, page: (sheet: Sheet) => Promise<Response>): Promise<Response> {
  const sheet = await takeSheet(portal.ctx, idParam(portal.c, 'id') ?? 0);
  return isRefusal(sheet) ? seeOther(portal.c, `${portal.base}/list`) : page(sheet);
}

/** GET /p/:token/list/:id */
export const showSheet = portalPage({}, (portal) =>
  withSheet(portal, async (sheet) => {
    const { c, ctx, t, base } = portal;
    if (sheet.state === 'checking' || sheet.state === 'applying')
      c.header('refresh', `${LOOK_AGAIN}; url=${base}/list/${sheet.id}`);
    const page = Math.max(1, Number(/^\d{1,4}$/.exec(c.req.query('page') ?? '')?.[0] ?? 1));
    const list = sheetRowList([], t);
    const request = { page, size: ROWS, sort: 'row', direction: 'asc' as const, filters: { only: 'refused' }, q: '' };
    const refused = sheet.rows_refused > 0 ? (await readList(ctx.db, list, request, { id: sheet.id })).rows : [];
    const { replies } = await countSheetAnswers(ctx.db, sheet.id);
    return html(c, <SheetPage portal={portal} sheet={sheet} refused={refused} page={page} replies={replies} />);
  }),
);

/** POST /p/:token/list/:id: the answers are sent, or another file is taken. */
export const sendSheet = portalPage({}, (portal) =>
  withSheet(portal, async (sheet) => {
    const { c, ctx, base } = portal;
    const body = await readForm(c);
    if (fieldText(body, 'how') === 'discard') {
      await discardSpreadsheet(ctx, sheet.id);
      return seeOther(c, `${base}/list`);
    }
    // A list that changed its state meanwhile shows so on its page.
    await applySpreadsheet(ctx, {
      id: sheet.id,
      mode: sheet.rows_refused > 0 ? 'valid' : 'all',
      receipt: fieldText(body, 'receipt') === 'yes',
    });
    return seeOther(c, `${base}/list/${sheet.id}`);
  }),
);

/** GET /p/:token/list/:id/refused.xlsx: the reader's own rows with the reasons, in the reader's language. */
export const sendRefused = portalPage({}, (portal) =>
  withSheet(portal, async (sheet) => {
    const { ctx, t } = portal;
    const columns = refusedColumns(ctx, sheet.found.header, t.language);
    const bytes = ctx.tables.xlsx(refusedRows(ctx.db, sheet.id), columns);
    return tableAnswer(bytes, `${sheet.id}-refused`, 'xlsx');
  }),
);

interface SheetProps {
  portal: Portal;
  sheet: Sheet;
  refused: readonly SheetListRow[];
  page: number;
  replies: number;
}

function SheetPage(props: SheetProps): VNode {
  const { portal, sheet } = props;
  const { t, shell, base } = portal;
  return (
    <PortalPage
      shell={shell}
      title={t('portal.list.title')}
      lede={<bdi>{sheet.name}</bdi>}
      back={{ href: `${base}/list` }}
    >
      <State {...props} />
      {sheet.state === 'checked' || sheet.state === 'applied' ? <Refused {...props} /> : null}
      {sheet.state === 'checked' ? <Send {...props} /> : null}
    </PortalPage>
  );
}

function State({ portal, sheet, replies }: SheetProps): VNode {
  const { t, base } = portal;
  switch (sheet.state) {
    case 'mapping':
      return (
        <Alert tone="note">
          <p>{t('portal.list.mapping')}</p>
        </Alert>
      );
    case 'checking':
    case 'applying':
      return (
        <>
          <p aria-live="polite">{t('portal.list.reading')}</p>
          <p>
            <LinkButton href={`${base}/list/${sheet.id}`} tone="secondary" icon="refresh">
              {t('portal.list.look-again')}
            </LinkButton>
          </p>
        </>
      );
    case 'applied':
      return (
        <Alert tone="done">
          <p>{t('portal.list.done', { count: replies })}</p>
        </Alert>
      );
    case 'checked':
      return (
        <ul>
          <li>{t('portal.list.ready', { count: sheet.rows_ready })}</li>
          {sheet.rows_same > 0 ? <li>{t('portal.list.same', { count: sheet.rows_same })}</li> : null}
          {sheet.rows_nothing > 0 ? <li>{t('portal.list.nothing', { count: sheet.rows_nothing })}</li> : null}
        </ul>
      );
    default:
      return (
        <Alert tone="attention">
          <p>
            {sheet.state === 'discarded'
              ? t('portal.list.state.discarded')
              : t('portal.list.unreadable', { why: t(whyUnreadable({ code: sheet.problem?.code ?? '' })) })}
          </p>
        </Alert>
      );
  }
}

/** Rows that are not right, each with its reason, and all of them as a file to mend. */
function Refused({ portal, sheet, refused, page }: SheetProps): VNode | null {
  const { t, base } = portal;
  const here = `${base}/list/${sheet.id}`;
  const pages = Math.ceil(sheet.rows_refused / ROWS);
  if (sheet.rows_refused === 0) return null;
  return (
    <section aria-labelledby="refused">
      <h2 id="refused">{t('portal.list.refused', { count: sheet.rows_refused })}</h2>
      {sheet.state === 'checked' ? <p>{t('portal.list.refused-how')}</p> : null}
      <p>
        <LinkButton href={`${here}/refused.xlsx`} tone="secondary" icon="download">
          {t('portal.list.refused-get')}
        </LinkButton>
      </p>
      <ol class="ff-plain-list">
        {refused.map((row) => (
          <li key={row.row}>
            <strong>
              {t('portal.list.column.row')} {row.row}
            </strong>{' '}
            <Identifier>{row.label}</Identifier>
            {errorsForSender(row.findings).map((one, index) => (
              <div key={index}>{wordSheetFinding(one, t)}</div>
            ))}
          </li>
        ))}
      </ol>
      {pages > 1 ? (
        <nav>
          {page > 1 ? <a href={`${here}?page=${page - 1}#refused`}>←</a> : null}{' '}
          {t('portal.list.page', { page, pages })}{' '}
          {page < pages ? <a href={`${here}?page=${page + 1}#refused`}>→</a> : null}
        </nav>
      ) : null}
    </section>
  );
}

function Send({ portal, sheet }: SheetProps): VNode {
  const { t, base } = portal;
  const right = sheet.rows_ready + sheet.rows_same;
  const form = freshForm();
  return (
    <Form action={`${base}/list/${sheet.id}`}>
      {right > 0 ? (
        <>
          <Checkbox form={form} name="receipt" label={t('portal.list.confirm')} />
          <p class="ff-portal-next">
            <SubmitButton icon="send" name="how" value="send">
              {t('portal.list.apply', { count: right })}
            </SubmitButton>
          </p>
        </>
      ) : null}
      <p>
        <SubmitButton tone="quiet" name="how" value="discard">
          {t('portal.list.again')}
        </SubmitButton>
      </p>
    </Form>
  );
}
