/** The permanent fix of an action: by a second remedy or an action that follows, and who stands where. */
import type { VNode } from 'preact';
import {
  type FixFigures,
  loadFixFigures,
  loadPermanentPage,
  type PermanentPage,
} from '../../../app/queries/permanent-fix.ts';
import { allows } from '../../../domain/permission.ts';
import type { C } from '../../context.ts';
import { formatCount } from '../../ui/figures.ts';
import type { FormState } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { signerMeans } from '../account/signature-fields.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';
import { FixNumbers } from './figures-card.tsx';
import { StartCard } from './start-card.tsx';
import { SecondRemedyCard, SuccessorCard } from './ways.tsx';

/** What was typed into a form of the page that was refused. */
export type PermanentForms = Partial<Record<'propose' | 'sign' | 'withdraw' | 'successor', FormState>>;

/** GET /actions/:id/permanent */
export function showPermanent(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await permanentPage(c, action)));
}

export async function permanentPage(c: C, action: ActionRow, forms: PermanentForms = {}): Promise<VNode> {
  const { db, actor } = c.get('ctx');
  const [page, fixes] = [await loadPermanentPage(db, action.id), await loadFixFigures(db, action.id)];
  if (!page) throw new Error(`Action ${action.id} was there a moment ago`);
  const base = `/actions/${action.id}`;
  const started = page.remedies.filter((remedy) => remedy.start !== null);
  const open = started.filter((remedy) => remedy.start?.state === 'proposed' || remedy.start?.state === 'running');
  const running = open.some((remedy) => remedy.start?.state === 'running');
  const none = fixes.length === 0 && !page.successor && !page.predecessor;
  const mayWays = action.released_at !== null && action.stage !== 'closed';
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Permanent fix"
      lede="What follows the interim patch: units that take it directly are closed for both."
      crumbs={actionCrumbs(action)}
      tabs={<ActionTabs actionId={action.id} here="/permanent" />}
      next={nextSteps(base, page, fixes)}
      errors={Object.values(forms).flatMap((form) => form?.errors ?? [])}
      {...(running ? { refreshSeconds: 5 } : {})}
    >
      <Columns weight="main-side">
        <div>
          {fixes.map((fix) => (
            <Card
              key={fix.remedyId}
              title={fix.remedy}
              action={<a href={`${base}/permanent/units?remedy=${fix.remedyId}`}>All units</a>}
            >
              <p>
                Replaces {fix.supersedes}
                {fix.supersededActionId === fix.actionId ? null : <> of {fix.supersededReference}</>}.
              </p>
              {fix.total > 0 ? (
                <FixNumbers fix={fix} actionId={action.id} />
              ) : (
                <p>No unit has to take it yet: they appear when it has begun.</p>
              )}
            </Card>
          ))}
          {
            await Promise.all(
              open.map(async (remedy) => (
                <StartCard
                  key={remedy.id}
                  c={c}
                  action={action}
                  remedy={remedy}
                  forms={forms}
                  means={await signerMeans(c)}
                />
              )),
            )
          }
          {none && !mayWays ? (
            <Card title="Not yet">
              <p>
                A permanent fix can follow once the action is released. Announce it on the page{' '}
                <a href={`${base}/describe#remedies`}>Description</a> as a second remedy, and the notice can say that it
                is to come.
              </p>
            </Card>
          ) : null}
          {mayWays && !page.successor && fixes.every((fix) => fix.supersededActionId !== action.id) ? (
            <>
              <SecondRemedyCard c={c} action={action} page={page} form={forms.propose} />
              {allows(actor, 'action.create') ? (
                <SuccessorCard action={action} page={page} form={forms.successor} />
              ) : null}
            </>
          ) : null}
        </div>
        <AboutCard base={base} page={page} reference={action.reference} />
      </Columns>
    </DeskPage>
  );
}

function nextSteps(base: string, page: PermanentPage, fixes: readonly FixFigures[]): NextStep[] {
  const steps: NextStep[] = [];
  const { successor } = page;
  if (successor && !['released', 'monitoring', 'completed', 'closed'].includes(successor.stage))
    steps.push({
      text: `${successor.reference} brings the permanent fix and is not released yet`,
      href: `/actions/${successor.id}`,
      label: 'Open it',
    });
  for (const remedy of page.remedies) {
    if (remedy.supersedesId !== null && remedy.status === 'available' && remedy.packages === 0)
      steps.push({
        text: `No package of ${remedy.name} is released yet: nobody can download it`,
        href: `${base}/packages`,
        label: 'Packages',
      });
  }
  const own = fixes.filter((fix) => `/actions/${fix.actionId}` === base);
  const interim = own.reduce((sum, fix) => sum + fix.paths.interim, 0);
  const owed = interim + own.reduce((sum, fix) => sum + fix.paths.neither, 0);
  // Of a successor, its own notice tells; of a second remedy, an update of the notice.
  if (owed > 0 && page.predecessor === null)
    steps.push({
      text: `${formatCount(owed)} ${owed === 1 ? 'correction needs' : 'corrections need'} the permanent fix, ${formatCount(interim)} of them on the interim patch: tell their owners`,
      href: `${base}/notice/update`,
      label: 'Write the update',
    });
  return steps;
}

/** The chain of actions, and what was carried over. */
function AboutCard({ base, page, reference }: { base: string; page: PermanentPage; reference: string }): VNode {
  const { predecessor, successor } = page;
  return (
    <Card title="Carried over">
      <KeyValue
        rows={[
          predecessor !== null && {
            label: 'Follows',
            value: predecessor.reference,
            href: `/actions/${predecessor.id}`,
          },
          successor !== null && { label: 'Followed by', value: successor.reference, href: `/actions/${successor.id}` },
          {
            label: 'Who refused, and why',
            value: page.refused === 1 ? '1 party' : `${formatCount(page.refused)} parties`,
            href: `${base}/permanent/refused`,
          },
          {
            label: 'Kits under way for units without Internet',
            value: formatCount(page.kits),
            href: `/kits?state=open&action=${encodeURIComponent(reference)}`,
          },
        ]}
      />
      <p class="ff-hint">
        Owners, contacts, their channels and languages are the same rows for both: a change counts everywhere.
      </p>
      {page.remedies.length > 0 ? (
        <>
          <h3>Remedies</h3>
          <ul class="ff-plain-list">
            {page.remedies.map((remedy) => (
              <li key={remedy.id}>
                {remedy.name} <StateBadge kind="remedy" state={remedy.status} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <p>
        <a href={`${base}/describe#remedies`}>Change the remedies</a>
      </p>
    </Card>
  );
}
