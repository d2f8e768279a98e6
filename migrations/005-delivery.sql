-- What sending and its clocks look up for each letter. Every index of `delivery` is written twice a letter, so what can be
-- found by another way has none.
drop index delivery_party;
create index delivery_party on delivery (party_id, action_id, kind);
-- Pacing counts what went to a domain within the last minute.
create index delivery_attempt_at on delivery_attempt (at);
create index deadline_party on deadline (party_id, action_id) where party_id is not null;
create index mailbox_delivery on mailbox_message (delivery_id) where delivery_id is not null;
create index task_delivery on task (delivery_id) where delivery_id is not null;
