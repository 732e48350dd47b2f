-- The jobs table. What a worker writes is guarded by its lease's fence: no row means that the lease
-- is lost.

-- name: add
insert into jobs (workspace_id, id, document_id, version, traceparent)
values (current_workspace(), %(id)s, %(document_id)s, %(version)s, %(traceparent)s)
returning id, document_id, version, state, stage, done, total, attempts, crashes, worker,
          lease_until, run_after, cancel_requested, traceparent, error_code, error, created_at,
          started_at, finished_at

-- name: get
select id, document_id, version, state, stage, done, total, attempts, crashes, worker,
       lease_until, run_after, cancel_requested, traceparent, error_code, error, created_at,
       started_at, finished_at
  from jobs
 where workspace_id = current_workspace() and id = %(id)s

-- name: list
select id, document_id, version, state, stage, done, total, attempts, crashes, worker,
       lease_until, run_after, cancel_requested, traceparent, error_code, error, created_at,
       started_at, finished_at
  from jobs
 where workspace_id = current_workspace()
   and (%(state)s::text is null or state = %(state)s)
   and (%(document_id)s::uuid is null or document_id = %(document_id)s)
   and (%(collection_id)s::uuid is null
        or document_id in (select d.id from documents d
                            where d.workspace_id = current_workspace()
                              and d.collection_id = %(collection_id)s))
   and (%(after)s::uuid is null or id < %(after)s)
 order by id desc
 limit %(limit)s

-- name: retry
update jobs
   set state = 'pending', attempts = 0, crashes = 0, fence = fence + 1, run_after = now(),
       rung_at = null, cancel_requested = false, error_code = null, error = null,
       finished_at = null
 where workspace_id = current_workspace() and id = %(id)s and state in ('failed', 'cancelled')
returning id, document_id, version, state, stage, done, total, attempts, crashes, worker,
          lease_until, run_after, cancel_requested, traceparent, error_code, error, created_at,
          started_at, finished_at

-- name: repeat
-- Whoever is at it loses the lease; a job that has failed begins there when it is retried.
update jobs
   set stage = 'split', done = 0, total = 0, fence = fence + 1, worker = null, lease_until = null,
       state = case when state in ('failed', 'cancelled') then state else 'pending' end,
       finished_at = case when state in ('failed', 'cancelled') then finished_at end,
       attempts = 0, crashes = 0, run_after = now(), rung_at = null
 where workspace_id = current_workspace() and document_id = %(document_id)s
   and version = %(version)s and stage <> 'extract'
returning id, document_id, version, state, stage, done, total, attempts, crashes, worker,
          lease_until, run_after, cancel_requested, traceparent, error_code, error, created_at,
          started_at, finished_at

-- name: cancel
update jobs
   set state = case state when 'pending' then 'cancelled' else state end,
       finished_at = case state when 'pending' then now() end,
       cancel_requested = true
 where workspace_id = current_workspace() and id = %(id)s and state in ('pending', 'running')
returning id, document_id, version, state, stage, done, total, attempts, crashes, worker,
          lease_until, run_after, cancel_requested, traceparent, error_code, error, created_at,
          started_at, finished_at

-- name: claim
select workspace_id, id, document_id, version, stage, fence, attempts, crashes, traceparent,
       clock_timestamp() - created_at as age
  from claim_job(%(worker)s, %(duration)s, %(wanted)s)

-- name: heartbeat
update jobs
   set lease_until = clock_timestamp() + %(duration)s
 where workspace_id = current_workspace() and id = %(id)s and fence = %(fence)s
   and state = 'running'
returning cancel_requested

-- name: advance
update jobs
   set stage = %(stage)s, done = 0, total = 0
 where workspace_id = current_workspace() and id = %(id)s and fence = %(fence)s
   and state = 'running'

-- name: progress
update jobs
   set done = %(done)s, total = %(total)s
 where workspace_id = current_workspace() and id = %(id)s and fence = %(fence)s
   and state = 'running'

-- name: finish
update jobs
   set state = 'done', lease_until = null, finished_at = clock_timestamp(), error_code = null,
       error = null, cancel_requested = false
 where workspace_id = current_workspace() and id = %(id)s and fence = %(fence)s
   and state = 'running'
returning finished_at - created_at as age

-- name: fail
update jobs
   set state = case when cancel_requested then 'cancelled'
                    when %(retry_after)s::interval is null then 'failed' else 'pending' end,
       attempts = attempts + 1, worker = null, lease_until = null, rung_at = null,
       error_code = %(code)s, error = %(text)s,
       run_after = clock_timestamp() + coalesce(%(retry_after)s, interval '0'),
       finished_at = case when cancel_requested or %(retry_after)s::interval is null
                          then clock_timestamp() end
 where workspace_id = current_workspace() and id = %(id)s and fence = %(fence)s
   and state = 'running'

-- name: hand_back
update jobs
   set state = case when cancel_requested then 'cancelled' else 'pending' end,
       worker = null, lease_until = null, run_after = clock_timestamp() + %(after)s,
       rung_at = null,
       finished_at = case when cancel_requested then clock_timestamp() end
 where workspace_id = current_workspace() and id = %(id)s and fence = %(fence)s
   and state = 'running'

-- name: sweep
select job_id, rescued from sweep_jobs(%(max_crashes)s, %(ring_again)s, %(most)s)

-- name: counts
select state, stage, jobs, due, waiting_seconds, oldest_seconds from count_jobs()
