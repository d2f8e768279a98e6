/** Lists on the pages of others: the reply they became, the mail they came with, the party that answers for others. */
import type { VNode } from 'preact';
import { listMandates } from '../../../app/mandates.ts';
import { readMessageList } from '../../../app/message-lists.ts';
import { loadSheetOfReply, loadSheetsOfMessage } from '../../../app/queries/spreadsheets.ts';
import { spreadsheetAttachments } from '../../../app/spreadsheet-attachments.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { Form, HiddenInput, SubmitButton } from '../../ui/field.tsx';
import { Card, Identifier, KeyValue, More } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Day } from '../../ui/time.tsx';
import type { Message } from '../postroom/message.tsx';
import { meaningWords } from './words.ts';

/** Who answered for whom, and which rows of the list say what. Null for a reply of another door. */
export async function sheetOfReplyCard(c: C, replyId: number): Promise<VNode | null> {
  const sheet = await loadSheetOfReply(c.get('ctx').db, replyId);
  if (!sheet) return null;
  const more = sheet.rows - sheet.lines.length;
  return (
    <Card title="From a list">
      <KeyValue
        rows={[
          { label: 'Answered by', value: sheet.speaker, href: `/parties/${sheet.speaker_id}` },
          { label: 'Their contact', value: sheet.contact ?? 'not known' },
          { label: 'List', value: sheet.name, href: `/spreadsheets/${sheet.id}` },
          {
            label: 'Rows',
            value: `${sheet.rows}`,
            href: `/spreadsheets/${sheet.id}/rows?party=${sheet.party_id}`,
          },
          { label: 'Approved by', value: sheet.decided_by?.name ?? '' },
          sheet.delivery_id !== null && {
            label: 'Receipt',
            value: `Delivery ${sheet.delivery_id}`,
            href: `/deliveries/${sheet.delivery_id}`,
          },
        ]}
      />
      <More summary="What its rows say">
        <ul class="ff-plain-list">
          {sheet.lines.map((line) => (
            <li key={line.row}>
              {`Row ${line.row}: `}
              <Identifier>{line.label}</Identifier>{' '}
              {line.statements.map((one) => (
                <span key={one.correctionId}>
                  {`${one.mode} ${meaningWords[one.meaning].toLowerCase()}`}
                  {one.date === '' ? null : (
                    <>
                      {' '}
                      <Day value={one.date} />
                    </>
                  )}
                  {'. '}
                </span>
              ))}
            </li>
          ))}
        </ul>
        {more > 0 ? <p>{`and ${more} more rows`}</p> : null}
      </More>
    </Card>
  );
}

/**
 * The lists a mail brought, each with its dry run; tables that were not read as lists, with the button that does. Null where
 * it brought neither.
 */
export async function sheetsOfMessageCard(c: C, message: Message): Promise<VNode | null> {
  const { db, actor } = c.get('ctx');
  const sheets = await loadSheetsOfMessage(db, message.id);
  const read = new Set(sheets.map((sheet) => sheet.name));
  const tables = message.attachments.filter(
    (part) => part.caution === '' && spreadsheetAttachments.takes(part) && !read.has(part.name),
  );
  if (sheets.length + tables.length === 0) return null;
  const known = message.party_id !== null && message.action_id !== null;
  return (
    <Card title="Answers by spreadsheet">
      {tables.map((part) =>
        known && allows(actor, 'message.decide') ? (
          <Form key={part.index} action={`/postroom/${message.id}/list`}>
            <HiddenInput name="index" value={part.index} />
            <SubmitButton tone="secondary" icon="list-check">
              {`Read ${part.name || 'the table'} as their list of answers`}
            </SubmitButton>
          </Form>
        ) : (
          <p key={part.index}>
            {`${part.name || 'A table'} may be a list of answers. First say whose the mail is, and of which action.`}
          </p>
        ),
      )}
      {sheets.map((sheet) => (
        <p key={sheet.id}>
          <a href={`/spreadsheets/${sheet.id}`}>{sheet.name}</a> <StateBadge kind="spreadsheet" state={sheet.state} />
          {sheet.rows_seen > 0
            ? ` ${sheet.rows_seen} rows, ${sheet.rows_ready} new, ${sheet.rows_refused} refused`
            : null}
        </p>
      ))}
    </Card>
  );
}

/** POST /postroom/:id/list: an attached table is read as a list of answers. */
export async function postMessageList(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const index = fieldText(await readForm(c), 'index');
  const kept = await readMessageList(c.get('ctx'), id, { index: /^\d{1,4}$/.test(index) ? Number(index) : 0 });
  return isRefusal(kept) ? answerRefusal(c, kept, `/postroom/${id}`) : seeOther(c, `/spreadsheets/${kept.id}`);
}

/** Who answers for whom by mandate. Null where nobody does. */
export async function mandatesCard(c: C, partyId: number): Promise<VNode | null> {
  const { db, actor } = c.get('ctx');
  const mandates = await listMandates(db, partyId);
  if (mandates.length === 0) return null;
  const may = allows(actor, 'party.change');
  return (
    <Card title="Answers for others">
      <ul class="ff-plain-list">
        {mandates.map((one) => (
          <li key={one.id}>
            {one.speaker_id === partyId ? 'For ' : 'By '}
            {one.speaker_id === partyId ? (
              <a href={`/parties/${one.party_id}`}>{one.party}</a>
            ) : (
              <a href={`/parties/${one.speaker_id}`}>{one.speaker}</a>
            )}
            <div class="ff-hint">
              {`${one.reason} (${one.made_by}, `}
              <Day value={one.made_at.toISOString().slice(0, 10)} />)
            </div>
            {may ? (
              <Form action={`/mandates/${one.id}/withdraw`}>
                <SubmitButton tone="quiet" small>
                  End it
                </SubmitButton>
              </Form>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}
