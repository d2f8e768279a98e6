import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { loadKit, loadMediumRequest } from '../../../app/queries/kits.ts';
import { allows } from '../../../domain/permission.ts';
import { ButtonRow, Form, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { helpMend } from './mend-evidence.tsx';
import type { Task } from './tasks.tsx';

/** A unit without Internet: the kit that is on its way for it, or the page that asks for one. It ends when the kit leaves. */
export async function mediumMend(ctx: Context, task: Task): Promise<VNode | null> {
  const { party_id, action_id, unit_id } = task;
  if (party_id === null || action_id === null || unit_id === null) return helpMend(task);
  const kits = await loadMediumRequest(ctx.db, { party_id, action_id, unit_id });
  return (
    <>
      <Card title="A kit brings the patch">
        {kits.length > 0 ? (
          <>
            <ul class="ff-plain-list">
              {kits.map((kit) => (
                <li key={kit.id}>
                  <a href={`/kits/${kit.id}`}>Kit {kit.id}</a> <StateBadge kind="kit" state={kit.state} />
                </li>
              ))}
            </ul>
            <p>This task ends by itself when the kit leaves.</p>
          </>
        ) : (
          <p>No kit has been asked for yet. Ask for one here; when it leaves, this task ends by itself.</p>
        )}
        {allows(ctx.actor, 'kit.work') && kits.length === 0 ? (
          <p>
            <LinkButton href={`/parties/${party_id}/kit?unit=${unit_id}`} icon="package" tone="primary">
              Ask for a kit
            </LinkButton>
          </p>
        ) : null}
      </Card>
      {helpMend(task)}
    </>
  );
}

/** A kit of which nothing was heard: where it should be, whom to ask, and what became of it. It ends when the kit moves on. */
export async function kitOverdueMend(ctx: Context, task: Task): Promise<VNode | null> {
  const { kit: id } = task.detail;
  const kit = typeof id === 'number' ? await loadKit(ctx.db, id, ctx.now()) : undefined;
  if (!kit) return null;
  const confirmed = kit.corrections.filter((one) => one.state === 'confirmed' || one.state === 'verified').length;
  return (
    <Card title="Where is it?">
      <KeyValue
        rows={[
          { label: 'Kit', value: `${kit.id} for ${kit.party}`, href: `/kits/${kit.id}` },
          { label: 'State', value: <StateBadge kind="kit" state={kit.state} /> },
          { label: 'Sent', value: kit.shipped_at ? <Moment at={kit.shipped_at} /> : '–' },
          { label: 'Carried by', value: kit.carrier || '–' },
          ...(kit.tracking ? [{ label: 'Tracking', value: <Identifier>{kit.tracking}</Identifier> }] : []),
          { label: 'Confirmed by code', value: `${confirmed} of ${kit.corrections.length}` },
        ]}
      />
      <p>
        {confirmed > 0
          ? 'Codes came back from it, so it arrived: ask whether they keep, return or destroy it. '
          : 'Ask the carrier, then the laboratory. If it is lost, its tickets are in strange hands: replace them, and send another kit. '}
        This task ends by itself when the kit moves on.
      </p>
      {kit.state === 'shipped' && allows(ctx.actor, 'kit.work') ? (
        <Form action={`/kits/${kit.id}/move`} label="What became of it">
          <ButtonRow>
            <SubmitButton name="to" value="received">
              It was received
            </SubmitButton>
            <SubmitButton tone="secondary" name="to" value="returned">
              It came back
            </SubmitButton>
            <SubmitButton tone="secondary" name="to" value="destroyed">
              It was destroyed
            </SubmitButton>
          </ButtonRow>
        </Form>
      ) : null}
      <div class="mt-3">
        <ButtonRow>
          <LinkButton
            href={`/parties/${kit.party_id}/call?task=${task.id}${task.action_id ? `&action=${task.action_id}` : ''}`}
            icon="phone"
          >
            Telephone them
          </LinkButton>
          {kit.overdue && confirmed < kit.corrections.length && allows(ctx.actor, 'kit.work') ? (
            <LinkButton href={`/parties/${kit.party_id}/kit`} icon="package">
              Send another kit
            </LinkButton>
          ) : null}
        </ButtonRow>
      </div>
    </Card>
  );
}

/** A package that was withdrawn: who holds it in a kit, and what became of each. */
export function withdrawnMend(task: Task): VNode | null {
  const { packageId, kits } = task.detail;
  if (typeof packageId !== 'number') return null;
  return (
    <Card title="Who has it">
      <p>
        Those who downloaded it and those who have a kit were written to; whoever reads no mail is a task to call. Kits
        are asked back: this is done when each is accounted for.
      </p>
      <p>
        {typeof kits === 'number' && kits > 0 ? (
          <LinkButton href={`/kits?package=${packageId}&attention=withdrawn`} icon="package" tone="primary">
            Kits that hold it
          </LinkButton>
        ) : null}{' '}
        <LinkButton href={`/packages/${packageId}/downloads`} icon="download">
          Downloads
        </LinkButton>
      </p>
    </Card>
  );
}
