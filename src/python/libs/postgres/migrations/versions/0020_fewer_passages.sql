-- Most of what the lexical side takes grows with the passages that its words bring. By SciFact's training queries, words
-- that bring 3 % of the passages find as much as those that bring 6 % (docs/adr/0010-a-search-has-bounds.md has the figures).

-- As before, but for how many passages the words may at least bring that are looked up alone: 600 till now.
create or replace function weigh_query(
    lexemes text[], out tq tsquery, out qv sparsevec, out known text[], out rarity real[])
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
    -- of a small workspace it would read all terms rather than the query's
    set enable_seqscan = off
    set plan_cache_mode = force_generic_plan as $$
declare
    tenant uuid := current_workspace();
    budget integer := greatest(300, least(2000, (
        select passages / 100 from lexical_statistics where workspace_id = tenant)));
    most integer := 2 * budget;
begin
    with word as materialized (
        select t.lexeme, quote_lexeme(t.lexeme) as quoted, t.df::float8 / n.passages as share,
               ln(1 + (n.passages - t.df + 0.5) / (t.df + 0.5)) as idf,
               row_number() over rarest as place, sum(t.df) over rarest as brought, n.passages
          from (select passages from lexical_statistics where workspace_id = tenant) n,
               unnest(lexemes) as q(one)
          join terms t on t.workspace_id = tenant and t.lexeme = q.one
        window rarest as (order by t.df, t.lexeme)
    ), alone as materialized (
        select quoted, place, brought from word
         where brought <= budget or (place <= 2 and brought <= most)
    ), pair as (
        select format('(%s & %s)', a.quoted, b.quoted) as quoted,
               coalesce((select max(brought) from alone), 0)
               -- words that meet by chance bring share * share, those of a name the rarer one's share
               + sum(sqrt(a.share * b.share * a.share) * a.passages)
                     over (order by a.share * b.share, a.place, b.place) as brought
          from word a
          join word b on a.place < b.place
         where a.place > (select count(*) from alone) and b.place <= 8
    ), looked_up as materialized (
        select quoted from alone
         union all
        select quoted from pair where brought <= most
    ), together as (
        select string_agg(quoted, '&') as quoted
          from (select w.quoted, w.place,
                       exp(sum(ln(w.share)) over (order by w.place)) / w.share * w.passages as before
                  from word w) w
         where (place = 1 or before > most) and not exists (select from looked_up)
    ), coordinate as (
        select lexeme_coordinate(lexeme) as at, sum(idf) as idf from word group by 1
    )
    select (select string_agg(quoted, '|')
              from (select quoted from looked_up union all select quoted from together) l)::tsquery,
           (select ('{' || coalesce(string_agg(at || ':' || idf, ',' order by at), '')
                    || '}/268435456')::sparsevec from coordinate),
           (select array_agg(lexeme order by place) from word),
           (select array_agg(idf::real order by place) from word)
      into tq, qv, known, rarity;
end $$;
