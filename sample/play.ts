import { missDeadlines } from '../src/app/deadlines.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { sendReminders } from '../src/app/reminders.ts';
import type { Cast } from './action.ts';
import type { PlayClock } from './clock.ts';
import { playCodes } from './codes.ts';
import { deskWork } from './desk.ts';
import { playDownloads } from './downloads.ts';
import { playFollowUps } from './follow-ups.ts';
import { playIncidents } from './incidents.ts';
import { playKits } from './kits.ts';
import { playPost } from './letters.ts';
import { playLists } from './lists.ts';
import { castPlayers } from './people.ts';
import { bounceSome, writeBack } from './post.ts';
import type { Stage } from './progress.ts';
import { act } from './replies.ts';

/** Five weeks and a day: they end on a Thursday, when somebody can be called. */
const DAYS = 36;
const MS_PER_DAY = 86_400_000;

/** Plays the weeks after the release, day by day: bounces, answers of every kind, reminders, calls, verification. */
export async function playWeeks(
  cast: Cast,
  clock: PlayClock,
  action: { actionId: number; releasedAt: Date },
  stage: Stage,
): Promise<void> {
  const players = await castPlayers(cast.system, action.actionId);
  const byParty = new Map(players.map((player) => [player.partyId, player]));
  stage.total(DAYS);
  for (let day = 0; day <= DAYS; day++) {
    clock.moveTo(new Date(action.releasedAt.getTime() + day * MS_PER_DAY));
    if (day === 0) await bounceSome(cast, action.actionId);
    if (day === 1) await writeBack(cast, action.actionId);
    const today = players.filter((player) => player.days.includes(day));
    const silent = day === 12 ? players.filter((player) => player.habit === 'silent') : [];
    await playDownloads(
      cast,
      action.actionId,
      day,
      [...today, ...silent].map((player) => ({ ...player, silent: player.habit === 'silent' })),
    );
    for (const [index, player] of today.entries()) {
      // Answers are spread over a working day.
      clock.moveTo(
        new Date(action.releasedAt.getTime() + day * MS_PER_DAY + Math.floor((index / today.length) * 9 * 3_600_000)),
      );
      await act(cast, action.actionId, player, player.days.indexOf(day));
    }
    clock.moveTo(new Date(action.releasedAt.getTime() + day * MS_PER_DAY + 10 * 3_600_000));
    await sendReminders(cast.system);
    await missDeadlines(cast.system);
    await sendDueDeliveries(cast.system);
    await playPost(cast, action.actionId, day);
    await playIncidents(cast, action.actionId, day, byParty, clock);
    await playLists(cast, action.actionId, day, byParty);
    await playKits(cast, action.actionId, day, byParty, clock);
    await playCodes(cast, action.actionId, day, byParty, clock);
    await playFollowUps(cast, action.actionId, day);
    await deskWork(cast, action.actionId, day);
    stage.step();
  }
}
