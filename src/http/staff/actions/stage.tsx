import type { VNode } from 'preact';
import { loadReleaseFacts } from '../../../app/action-facts.ts';
import { moveAction, moveActionInput } from '../../../app/actions.ts';
import { movesFrom, type Transition } from '../../../domain/action.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { Form, HiddenInput, LinkButton, SubmitButton, TextArea } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { readCredential, SignatureFields, signerMeans } from '../account/signature-fields.tsx';
import { shellOf } from '../shell.ts';
import { type ActionRow, withAction } from './action-page.tsx';
import { actionCrumbs } from './tabs.tsx';

/** GET /actions/:id/stage: where the action can go from here. */
export async function showStage(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await stagePage(c, action, freshForm())));
}

async function stagePage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const facts = await loadReleaseFacts(ctx.db, action.id, '');
  const means = await signerMeans(c);
  const role = ctx.actor.kind === 'staff' ? ctx.actor.role : undefined;
  const moves = movesFrom(action.stage);
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Change the stage"
      crumbs={actionCrumbs(action)}
      state={<StateBadge kind="action" state={action.stage} />}
      errors={form.errors}
      width="narrow"
    >
      <Card title="Where it stands">
        <KeyValue
          rows={[
            { label: 'Corrections', value: formatCount(facts.corrections), href: `/actions/${action.id}/corrections` },
            {
              label: 'Not yet fixed',
              value: formatCount(facts.owed),
              href: `/actions/${action.id}/corrections?state=owed`,
            },
            { label: 'Parties to tell', value: formatCount(facts.obligations), href: `/actions/${action.id}/parties` },
            {
              label: 'Notice',
              value: facts.releasedNotice ? 'released' : facts.approvedNotice ? 'approved' : 'not approved yet',
              href: `/actions/${action.id}/notice`,
            },
          ]}
        />
      </Card>
      {moves.length === 0 ? (
        <Alert tone="note">A closed action stays closed. What follows is a new action on the same units.</Alert>
      ) : null}
      {moves.map((move) => (
        <Move
          key={move.to}
          move={move}
          action={action}
          form={form}
          mine={role !== undefined && move.roles.includes(role)}
          means={means}
          contentHash={facts.contentHash}
        />
      ))}
    </DeskPage>
  );
}

type MoveProps = {
  move: Transition;
  action: ActionRow;
  form: FormState;
  mine: boolean;
  means: Awaited<ReturnType<typeof signerMeans>>;
  contentHash: string;
};

function Move({ move, action, form, mine, means, contentHash }: MoveProps): VNode {
  const base = `/actions/${action.id}`;
  // Only the form that was sent shows its errors and values again.
  const own = form.values.to === move.to ? form : undefined;
  if (move.to === 'released') {
    return (
      <Card title={move.name}>
        <p>The notice goes to everybody who must be told. You see it all once more before you sign.</p>
        <LinkButton href={`${base}/release`} tone="primary">
          Prepare the release
        </LinkButton>
      </Card>
    );
  }
  const wantsReason = move.guards.some((guard) => guard === 'reason' || guard === 'nothing owed or reason');
  return (
    <Card title={move.name}>
      {mine ? (
        <Form action={`${base}/stage`}>
          <HiddenInput name="to" value={move.to} />
          {wantsReason ? (
            <TextArea form={own} name="reason" label="Reason" rows={2} required={move.guards.includes('reason')} />
          ) : null}
          {move.signs ? (
            <SignatureFields
              form={own}
              means={means}
              meaning={move.signs}
              subjectKind="action"
              subjectId={action.id}
              contentHash={contentHash}
            />
          ) : null}
          <SubmitButton tone="secondary">{move.name}</SubmitButton>
        </Form>
      ) : (
        <p>This belongs to: {move.roles.join(', ')}.</p>
      )}
    </Card>
  );
}

/** POST /actions/:id/stage */
export async function postStage(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const input = moveActionInput.safeParse({
      to: fieldText(body, 'to'),
      reason: fieldText(body, 'reason'),
      credential: readCredential(body),
    });
    if (!input.success)
      return html(
        c,
        await stagePage(
          c,
          action,
          refusedForm(body, [{ field: 'reason', message: input.error.issues[0]?.message ?? '' }]),
        ),
        422,
      );
    const result = await moveAction(c.get('ctx'), action.id, input.data);
    if (isRefusal(result))
      return html(c, await stagePage(c, action, refusedForm(body, [refusalError(result)])), statusOf(result));
    setFlash(c, { tone: 'done', text: `The action is now ${result.stage}.` });
    return seeOther(c, `/actions/${action.id}`);
  });
}
