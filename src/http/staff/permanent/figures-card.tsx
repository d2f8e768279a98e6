import type { VNode } from 'preact';
import type { Reader } from '../../../app/context.ts';
import { type FixFigures, loadActionChain, loadFixFigures } from '../../../app/queries/permanent-fix.ts';
import { Card } from '../../ui/parts.tsx';
import { Figure, Figures } from '../../ui/state.tsx';

/** For the dashboard: the actions before and after, who is on the interim patch and who took the permanent fix; or nothing. */
export async function loadPermanentCard(reader: Reader, actionId: number): Promise<VNode | null> {
  const fixes = (await loadFixFigures(reader, actionId)).filter((fix) => fix.total > 0);
  const { predecessor, successor } = await loadActionChain(reader, actionId);
  if (fixes.length === 0 && !predecessor && !successor) return null;
  return (
    <Card title="Permanent fix" action={<a href={`/actions/${actionId}/permanent`}>Open</a>}>
      {predecessor ? (
        <p>
          Follows <a href={`/actions/${predecessor.id}`}>{predecessor.reference}</a>.
        </p>
      ) : null}
      {successor ? (
        <p>
          Followed by <a href={`/actions/${successor.id}`}>{successor.reference}</a>.
        </p>
      ) : null}
      {fixes.map((fix) => (
        <section key={fix.remedyId} aria-label={fix.remedy}>
          <p>
            {fix.remedy}, instead of {fix.supersedes}
          </p>
          <FixNumbers fix={fix} actionId={actionId} />
        </section>
      ))}
    </Card>
  );
}

/** How many stand where, each number with its rows. */
export function FixNumbers({ fix, actionId }: { fix: FixFigures; actionId: number }): VNode {
  const { paths } = fix;
  const list = `/actions/${actionId}/permanent/units?remedy=${fix.remedyId}&path=`;
  return (
    <Figures>
      <Figure value={paths.interim} label="still on the interim patch" href={`${list}interim`} />
      <Figure value={paths.neither} label="neither yet" href={`${list}neither`} />
      <Figure value={paths.direct} label="took it directly" href={`${list}direct`} />
      <Figure value={paths.both} label="patched first, then fixed" href={`${list}both`} />
      {paths.ended > 0 ? <Figure value={paths.ended} label="need none" href={`${list}ended`} /> : null}
    </Figures>
  );
}
