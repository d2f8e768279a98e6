import type { VNode } from 'preact';
import {
  findVerifiable,
  MOST_VERIFIED_AT_ONCE,
  verifyMatching,
  verifyMatchingInput,
} from '../../../app/correction-work.ts';
import { correctionList } from '../../../app/queries/corrections.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { ButtonRow, DateInput, Form, HiddenInput, LinkButton, SubmitButton, TextArea } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { type ListQuery, listLink, parseListQuery } from '../../ui/list-query.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Card, EmptyState } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { specOf } from '../list-page.tsx';
import { shellOf } from '../shell.ts';
import { typedDay } from './correction.tsx';

/** The address of a list with its filters, without page and order. */
export function filtered(path: string, query: ListQuery): string {
  return listLink({ ...query, path, page: 1 });
}

/** GET /actions/:id/corrections/verify: asks before the corrections of the current filter are verified at once. */
export function showBulkVerify(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await verifyPage(c, action, freshForm())));
}

async function verifyPage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const query = parseListQuery(c.req.url, specOf(correctionList));
  const ledger = filtered(`/actions/${action.id}/corrections`, query);
  const found = await findVerifiable(c.get('ctx').db, action.id, query);
  const n = found.ids.length;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Verify corrections"
      crumbs={[...actionCrumbs(action), { href: ledger, label: 'Corrections' }]}
      errors={form.errors}
      width="narrow"
    >
      {n === 0 ? (
        <EmptyState title="Nothing to verify" action={<LinkButton href={ledger}>Back to the corrections</LinkButton>}>
          Every correction that matches is verified already.
        </EmptyState>
      ) : (
        <Card
          title={`Verify ${formatCount(n)} ${n === 1 ? 'correction' : 'corrections'} of ${formatCount(found.parties)} ${found.parties === 1 ? 'party' : 'parties'}?`}
        >
          <p>
            Each gets staff evidence with your name, the reason below, and its own line in the history. Verified is the
            last rung: no reminder follows.
          </p>
          <ul class="ff-plain-list">
            {found.byState.map((row) => (
              <li key={row.state}>
                <StateBadge kind="correction" state={row.state} /> {formatCount(row.n)}
              </li>
            ))}
          </ul>
          {found.byState.some((row) => row.state === 'open' || row.state === 'blocked' || row.state === 'isolated') ? (
            <Alert tone="attention" title="Some are not even stated by their party">
              Verify them only if you have seen the fix in place yourselves. Else go back and choose <em>stated</em> or{' '}
              <em>confirmed</em>.
            </Alert>
          ) : null}
          {found.more ? (
            <Alert tone="note">{`More match. These are the first ${formatCount(MOST_VERIFIED_AT_ONCE)}; come back for the others.`}</Alert>
          ) : null}
          <Form action={filtered(`/actions/${action.id}/corrections/verify`, query)}>
            <HiddenInput name="seen" value={found.seen} />
            <TextArea
              form={form}
              name="reason"
              label="What was looked at"
              hint="e.g. the service report of 12 May with the version of each instrument."
              rows={3}
              required
            />
            <DateInput form={form} name="doneOn" label="Done on" hint="If it is the same day for all." />
            <ButtonRow>
              <SubmitButton tone="primary" icon="rosette-discount-check">{`Verify ${formatCount(n)}`}</SubmitButton>
              <LinkButton href={ledger} tone="quiet">
                Back
              </LinkButton>
            </ButtonRow>
          </Form>
        </Card>
      )}
    </DeskPage>
  );
}

/** POST /actions/:id/corrections/verify, with the same filters in its address. */
export function postBulkVerify(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const query = parseListQuery(c.req.url, specOf(correctionList));
    const input = verifyMatchingInput.safeParse({
      seen: fieldText(body, 'seen'),
      reason: fieldText(body, 'reason'),
      doneOn: typedDay(fieldText(body, 'doneOn')),
    });
    if (!input.success) return html(c, await verifyPage(c, action, refusedForm(body, errorsFromZod(input.error))), 422);
    const result = await verifyMatching(c.get('ctx'), action.id, query, input.data);
    if (isRefusal(result)) return html(c, await verifyPage(c, action, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, {
      tone: 'done',
      text: `${formatCount(result.verified)} ${result.verified === 1 ? 'correction is' : 'corrections are'} verified.`,
    });
    return seeOther(c, filtered(`/actions/${action.id}/corrections`, query));
  });
}
