#include "columns.hpp"

namespace shuwei::eventstore {
namespace {

// Durable when the insert answers, and merges never replace synced parts by unsynced ones.
constexpr std::string_view kDurable = "fsync_after_insert = 1, fsync_part_directory = 1, "
                                      "min_compressed_bytes_to_fsync_after_merge = 1";

std::string create_table(const std::string& name, const std::vector<TableColumn>& columns,
                         const std::vector<TableIndex>& indexes) {
    std::string sql = "CREATE TABLE IF NOT EXISTS shuwei." + name + " (\n";
    for (const TableColumn& column : columns) sql += "`" + column.name + "` " + column.type + " " + column.codec + ",\n";
    for (const TableIndex& index : indexes) sql += "INDEX " + index.name + " " + index.definition + ",\n";
    sql.erase(sql.size() - 2);
    return sql + ")";
}

}  // namespace

std::vector<TableColumn> events_columns() {
    std::vector<TableColumn> columns{
        {"ts", "DateTime64(6, 'UTC')", "CODEC(Delta(8), ZSTD(1))"},
        {"seq", "UInt64", "CODEC(Delta(8), ZSTD(1))"},
        {"received", "DateTime64(6, 'UTC')", "CODEC(Delta(8), ZSTD(1))"},
        {"retention_class", "UInt8", "CODEC(ZSTD(1))"},
        {"peer", "IPv6", "CODEC(ZSTD(1))"},
        {"listener", "UInt32", "CODEC(ZSTD(1))"},
        {"source", "UInt32", "CODEC(ZSTD(1))"},
        {"pack", "LowCardinality(String)", "CODEC(ZSTD(1))"},
        {"raw", "String", "CODEC(ZSTD(1))"},
    };
    for (const Column& column : field_columns()) {
        columns.push_back({column.name, std::string(column.type), std::string(column.codec)});
    }
    columns.push_back({"message_at", "UInt32", "CODEC(ZSTD(1))"});    // 1 = the first byte of raw, 0 = not in it
    columns.push_back({"message_tail", "UInt32", "CODEC(ZSTD(1))"});  // bytes of raw behind the message
    columns.push_back({"rest", "Map(LowCardinality(String), String)", "CODEC(ZSTD(3))"});
    columns.push_back({"more", "Map(LowCardinality(String), String)", "CODEC(ZSTD(3))"});
    columns.push_back({"kinds", "String", "CODEC(ZSTD(1))"});
    return columns;
}

std::vector<TableIndex> events_indexes() {
    return {
        {"seq_range", "seq TYPE minmax GRANULARITY 1"},
        {"peer_filter", "peer TYPE bloom_filter(0.025) GRANULARITY 1"},
        {"source_ip_filter", "source_ip TYPE bloom_filter(0.025) GRANULARITY 1"},
        {"destination_ip_filter", "destination_ip TYPE bloom_filter(0.025) GRANULARITY 1"},
        {"more_filter", "more.keys TYPE bloom_filter(0.025) GRANULARITY 1"},
        // Of the raw line, built once a day is over: kLateIndexes. One hash in a filter that is half full is right for
        // substrings, since each has many n-grams that must all be there.
        {"raw_grams", std::string(kRawText) + " TYPE ngrambf_v1(4, 32768, 1, 0) GRANULARITY 2"},
        {"raw_bigrams", std::string(kRawText) + " TYPE ngrambf_v1(2, 8192, 1, 0) GRANULARITY 2"},
        {"raw_charset", std::string(kRawIsUtf8) + " TYPE minmax GRANULARITY 1"},
    };
}

std::vector<TableColumn> findings_columns() {
    return {
        {"seq", "UInt64", "CODEC(ZSTD(1))"},
        {"received", "DateTime64(6, 'UTC')", "CODEC(Delta(8), ZSTD(1))"},
        {"time", "DateTime64(6, 'UTC')", "CODEC(Delta(8), ZSTD(1))"},
        {"alert_id", "String", "CODEC(ZSTD(1))"},
        {"rule_id", "LowCardinality(String)", "CODEC(ZSTD(1))"},
        {"rule_hash", "LowCardinality(String)", "CODEC(ZSTD(1))"},
        {"level", "LowCardinality(String)", "CODEC(ZSTD(1))"},
        {"reason", "String", "CODEC(ZSTD(3))"},
        {"entity_source", "String", "CODEC(ZSTD(1))"},
        {"entity_target", "String", "CODEC(ZSTD(1))"},
        {"entity_source_field", "LowCardinality(String)", "CODEC(ZSTD(1))"},
        {"entity_target_field", "LowCardinality(String)", "CODEC(ZSTD(1))"},
    };
}

std::vector<TableIndex> findings_indexes() {
    return {
        {"seq_filter", "seq TYPE bloom_filter(0.01) GRANULARITY 1"},
        {"seq_range", "seq TYPE minmax GRANULARITY 1"},
    };
}

std::string create_events_table(uint32_t tenant) {
    std::string sql = create_table(events_table(tenant), events_columns(), events_indexes());
    sql += "\nENGINE = MergeTree PARTITION BY (retention_class, toYYYYMMDD(received)) ORDER BY (ts, seq)\nSETTINGS ";
    sql += kDurable;
    sql += ", index_granularity = 8192, exclude_materialize_skip_indexes_on_merge = '" + std::string(kLateIndexes) + "'";
    return sql;
}

std::string create_findings_table(uint32_t tenant) {
    return create_table(findings_table(tenant), findings_columns(), findings_indexes()) +
           "\nENGINE = MergeTree PARTITION BY toYYYYMMDD(received) ORDER BY (alert_id, time, seq)\nSETTINGS " +
           std::string(kDurable);
}

}  // namespace shuwei::eventstore
