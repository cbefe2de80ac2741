import { useInfiniteQuery, keepPreviousData } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';

interface Page { items: readonly unknown[]; next_cursor?: string }

/** Pages of a list behind one array; `more` fetches the next one unless it is on its way. */
export function usePages<P extends Page>(queryKey: readonly unknown[], load: (cursor: string | undefined, signal: AbortSignal) => Promise<P>) {
  const query = useInfiniteQuery({
    queryKey, placeholderData: keepPreviousData, initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    getNextPageParam: (last: P) => last.next_cursor,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => { if (hasNextPage && !isFetchingNextPage) void fetchNextPage(); }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items as P['items'][number][]) ?? [], [query.data]);
  return { query, rows, first: query.data?.pages[0], more };
}
