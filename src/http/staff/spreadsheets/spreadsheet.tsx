import type { VNode } from 'preact';
import { countSheetAnswers, loadSheetAnswers, loadStrangers } from '../../../app/queries/spreadsheets.ts';
import type { SheetRow } from '../../../app/spreadsheet-open.ts';
import { applySpreadsheet, checkSpreadsheetAgain, discardSpreadsheet, takeSheet } from '../../../app/spreadsheets.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { TABLE_MEDIA_TYPES } from '../../../domain/table-format.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal, refusalError, refusalText, statusOf } from '../../refusal.tsx';
import { ButtonRow, Form, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage, type DeskPageProps, MessagePage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Figure, Figures, StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { AnswersCard, DecisionCard, loadReceivers, StrangersCard } from './decision.tsx';
import { MappingPart, mappingChoices, mappingForm } from './mapping.tsx';
import { sheetWayWords } from './words.ts';

type Sheet = NonNullable<SheetRow>;

/** Seconds after which a page that waits for the job looks again. */
const LOOK_AGAIN = 2;

/** GET /spreadsheets/:id and, to choose the columns anew, /spreadsheets/:id/mapping */
export async function showSheet(c: C): Promise<Response> {
  const page = await sheetPage(c, idParam(c, 'id') ?? 0, { mapping: c.req.path.endsWith('/mapping') });
  return html(c, page);
}

/** The page of one list: what its state asks for comes first. */
export async function sheetPage(
  c: C,
  id: number,
  options: { form?: FormState; mapping?: boolean } = {},
): Promise<VNode> {
  const ctx = c.get('ctx');
  const sheet = await takeSheet(ctx, id);
  if (isRefusal(sheet))
    return <MessagePage title="Not found" text={refusalText(sheet)} href="/spreadsheets" label="To the lists" />;
  const { state } = sheet;
  const maps = state === 'mapping' || (options.mapping === true && (state === 'checked' || state === 'failed'));
  const waits = state === 'checking' || state === 'applying';
  const may = allows(ctx.actor, 'reply.record');
  const form = options.form ?? freshForm();
  const props: Omit<DeskPageProps, 'children'> = {
    shell: await shellOf(c),
    title: sheet.name,
    lede: (
      <>
        <a href={`/parties/${sheet.party_id}`}>{sheet.party}</a>, {sheetWayWords[sheet.came_by]} on{' '}
        <Moment at={sheet.received_at} />
      </>
    ),
    crumbs: [
      { href: `/actions/${sheet.action_id}`, label: sheet.reference },
      { href: `/actions/${sheet.action_id}/spreadsheets`, label: 'Answers by spreadsheet' },
    ],
    state: <StateBadge kind="spreadsheet" state={state} />,
    actions: (
      <LinkButton href={`/spreadsheets/${id}/source`} icon="download">
        Original
      </LinkButton>
    ),
    errors: form.errors,
    ...(waits ? { refreshSeconds: LOOK_AGAIN } : {}),
  };
  if (maps && may) {
    const choices = await mappingChoices(c, sheet.action_id);
    return (
      <DeskPage {...props}>
        <MappingPart sheet={sheet} choices={choices} form={options.form ?? mappingForm(sheet)} />
        <AboutCard sheet={sheet} />
        <DiscardPart sheet={sheet} />
      </DeskPage>
    );
  }
  const answers = await loadSheetAnswers(ctx.db, id);
  const strangers = state === 'checked' ? await loadStrangers(ctx.db, id) : [];
  return (
    <DeskPage {...props}>
      {sheet.problem ? (
        <Alert
          tone={state === 'failed' ? 'danger' : 'attention'}
          title={state === 'failed' ? 'It cannot be read' : 'Checked again'}
        >
          {refusalText({ refusal: true, ...sheet.problem })}
        </Alert>
      ) : null}
      {waits ? (
        <ProgressCard sheet={sheet} counts={await countSheetAnswers(ctx.db, id)} />
      ) : (
        <CountsPart sheet={sheet} />
      )}
      {state === 'checked' ? (
        <>
          <StrangersCard sheet={sheet} strangers={strangers} form={form} may={allows(ctx.actor, 'party.change')} />
          <DecisionCard
            sheet={sheet}
            parties={answers.length}
            receivers={await loadReceivers(ctx.db, sheet.party_id)}
            form={form}
            may={may}
          />
        </>
      ) : null}
      <AnswersCard sheet={sheet} answers={answers} />
      <AboutCard sheet={sheet} />
      {may ? <DiscardPart sheet={sheet} /> : null}
    </DeskPage>
  );
}

function ProgressCard({ sheet, counts }: { sheet: Sheet; counts: { parties: number; replies: number } }): VNode {
  return (
    <Card title={sheet.state === 'checking' ? 'Checking every row' : 'Recording the replies'}>
      <p aria-live="polite">
        {sheet.state === 'checking'
          ? 'Every row is held against what is known. Nothing is recorded by this.'
          : `${formatCount(counts.replies)} of ${formatCount(counts.parties)} replies are recorded.`}
      </p>
      <p>This page looks again by itself. You may leave it; the work goes on.</p>
    </Card>
  );
}

function CountsPart({ sheet }: { sheet: Sheet }): VNode | null {
  if (sheet.checked_at === null || sheet.state === 'mapping') return null;
  const rows = `/spreadsheets/${sheet.id}/rows`;
  const done = sheet.state === 'applied';
  return (
    <Figures>
      <Figure
        value={formatCount(sheet.rows_ready)}
        label={done ? 'rows that said something new' : 'rows say something new'}
        href={`${rows}?only=ready`}
      />
      <Figure value={formatCount(sheet.rows_same)} label="rows say what is known" href={`${rows}?only=same`} />
      <Figure value={formatCount(sheet.rows_nothing)} label="rows say nothing" href={`${rows}?only=nothing`} />
      <Figure
        value={formatCount(sheet.rows_warned)}
        label="rows to look at"
        href={`${rows}?only=warned`}
        {...(sheet.rows_warned > 0 ? { tone: 'amber' as const } : {})}
      />
      <Figure
        value={formatCount(sheet.rows_refused)}
        label={done ? 'rows left out' : 'rows refused'}
        href={`${rows}?only=refused`}
        {...(sheet.rows_refused > 0 ? { tone: 'red' as const } : {})}
      />
    </Figures>
  );
}

function AboutCard({ sheet }: { sheet: Sheet }): VNode {
  return (
    <Card title="About this list">
      <KeyValue
        rows={[
          { label: 'Number', value: sheet.id },
          { label: 'File', value: `${sheet.name}, ${formatCount(sheet.size)} bytes` },
          { label: 'SHA-256', value: <Identifier>{sheet.sha256}</Identifier> },
          { label: 'Received', value: <Moment at={sheet.received_at} /> },
          { label: 'Handed in by', value: sheet.handed_in_by },
          sheet.message_id !== null && {
            label: 'Mail',
            value: `Message ${sheet.message_id}`,
            href: `/postroom/${sheet.message_id}`,
          },
          sheet.mapping_version > 0 && {
            label: 'Read by',
            value: `version ${sheet.mapping_version} of how ${sheet.party} writes its lists`,
          },
          sheet.checked_at !== null && { label: 'Checked', value: <Moment at={sheet.checked_at} /> },
          sheet.applied_at !== null && {
            label: 'Recorded',
            value: (
              <>
                <Moment at={sheet.applied_at} /> by {sheet.decided_by?.name ?? ''}
                {sheet.mode === 'valid' ? ', the right rows only' : ''}
                {sheet.receipt ? ', with receipt and understanding' : ''}
              </>
            ),
          },
          sheet.delivery_id !== null && {
            label: 'Receipt',
            value: `Delivery ${sheet.delivery_id}`,
            href: `/deliveries/${sheet.delivery_id}`,
          },
        ]}
      />
    </Card>
  );
}

function DiscardPart({ sheet }: { sheet: Sheet }): VNode | null {
  if (!['mapping', 'checked', 'failed'].includes(sheet.state)) return null;
  return (
    <ButtonRow>
      <Form action={`/spreadsheets/${sheet.id}/discard`}>
        <SubmitButton tone="quiet" icon="trash">
          Put this list away
        </SubmitButton>
      </Form>
    </ButtonRow>
  );
}

/** POST /spreadsheets/:id/apply */
export async function postSheetApply(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const body = await readForm(c);
  const contact = fieldText(body, 'contactId');
  const result = await applySpreadsheet(c.get('ctx'), {
    id,
    mode: fieldText(body, 'mode') === 'valid' ? 'valid' : 'all',
    receipt: fieldText(body, 'receipt') === 'yes',
    contactId: /^\d{1,15}$/.test(contact) ? Number(contact) : null,
  });
  if (!isRefusal(result)) return seeOther(c, `/spreadsheets/${id}`);
  if (result.code === 'spreadsheet.outdated') {
    setFlash(c, { tone: 'attention', text: refusalText(result) });
    return seeOther(c, `/spreadsheets/${id}`);
  }
  if (statusOf(result) !== 422) return answerRefusal(c, result, `/spreadsheets/${id}`);
  return html(c, await sheetPage(c, id, { form: refusedForm(body, [refusalError(result)]) }), 422);
}

/** POST /spreadsheets/:id/check */
export async function postSheetCheck(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const result = await checkSpreadsheetAgain(c.get('ctx'), id);
  return isRefusal(result) ? answerRefusal(c, result, `/spreadsheets/${id}`) : seeOther(c, `/spreadsheets/${id}`);
}

/** POST /spreadsheets/:id/discard */
export async function postSheetDiscard(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const sheet = await takeSheet(ctx, id);
  if (isRefusal(sheet)) return answerRefusal(c, sheet, '/spreadsheets');
  const result = await discardSpreadsheet(ctx, id);
  if (isRefusal(result)) return answerRefusal(c, result, `/spreadsheets/${id}`);
  setFlash(c, { tone: 'done', text: `${sheet.name} was put away. Nothing was recorded.` });
  return seeOther(c, `/actions/${sheet.action_id}/spreadsheets`);
}

/** GET /spreadsheets/:id/source: the file as it came. */
export async function getSheetSource(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const sheet = await takeSheet(ctx, idParam(c, 'id') ?? 0);
  if (isRefusal(sheet)) return answerRefusal(c, sheet, '/spreadsheets');
  return fileAnswer(ctx.files.read(sheet.sha256), {
    name: sheet.name,
    mediaType: TABLE_MEDIA_TYPES[sheet.found.format],
    size: sheet.size,
  });
}
