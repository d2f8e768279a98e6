import type { VNode } from 'preact';
import type { VersionRow } from '../../../app/queries/holdings.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { Card } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';

type Props = { actionId: number; versions: readonly VersionRow[]; mayUpdate: boolean };

/** The versions of the notice in short, and the way to an update. */
export function VersionsCard({ actionId, versions, mayUpdate }: Props): VNode {
  return (
    <Card title="Versions" action={<a href={`/actions/${actionId}/notice/versions`}>All about them</a>}>
      <ul class="ff-plain-list">
        {versions.map((version) => (
          <li key={version.id}>
            <a href={`/notices/${version.id}`}>
              {version.number}, version {version.version}
            </a>{' '}
            <StateBadge kind="notice" state={version.state} />
            {version.holders > 0 ? (
              <span class="ff-hint">
                {' '}
                held by{' '}
                <a href={`/actions/${actionId}/holdings?holds=${version.version}`}>
                  {formatCount(version.holders)} {version.holders === 1 ? 'contact' : 'contacts'}
                </a>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {mayUpdate ? (
        <LinkButton href={`/actions/${actionId}/notice/update`} tone="secondary">
          Write an update notice
        </LinkButton>
      ) : null}
    </Card>
  );
}
