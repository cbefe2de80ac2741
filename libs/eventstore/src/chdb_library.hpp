// libchdb.so, loaded on first use: its C functions and owned connections and results. Used in the worker process only.
// A library object lives until the process ends; a Connection runs one query at a time and has one owner.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::eventstore {

class ChdbLibrary {
public:
    static base::Result<std::unique_ptr<ChdbLibrary>> load(const std::string& path);

private:
    friend class ChdbConnection;
    using Handle = void*;
    using ParameterArrays = const char* const*;
    Handle* (*connect_)(int, char**) = nullptr;
    void (*close_)(Handle*) = nullptr;
    Handle (*query_)(Handle, const char*, size_t, const char*, size_t, ParameterArrays, const size_t*, ParameterArrays,
                     const size_t*, size_t) = nullptr;
    Handle (*stream_)(Handle, const char*, size_t, const char*, size_t, ParameterArrays, const size_t*, ParameterArrays,
                      const size_t*, size_t) = nullptr;
    Handle (*fetch_)(Handle, Handle) = nullptr;
    void (*cancel_)(Handle, Handle) = nullptr;
    void (*destroy_)(Handle) = nullptr;
    const char* (*buffer_)(Handle) = nullptr;
    size_t (*length_)(Handle) = nullptr;
    const char* (*error_)(Handle) = nullptr;
    size_t (*rows_)(Handle) = nullptr;
};

class ChdbConnection {
public:
    // `arguments` as on ClickHouse's command line: "--path=/…".
    static base::Result<ChdbConnection> open(const ChdbLibrary& library, std::vector<std::string> arguments);
    ChdbConnection(ChdbConnection&& other) noexcept
        : library_(other.library_), handle_(std::exchange(other.handle_, nullptr)) {}
    ChdbConnection& operator=(ChdbConnection&&) = delete;
    ~ChdbConnection();

    using Parameters = std::vector<std::pair<std::string, std::string>>;
    // Receives a piece of the result; false stops the query.
    using Receive = std::function<bool(std::string_view)>;

    base::Result<std::string> query(std::string_view sql, std::string_view format = "TSV", const Parameters& parameters = {});
    // SELECT only; pieces come as they are made.
    base::Result<> stream(std::string_view sql, std::string_view format, const Parameters& parameters, const Receive& receive);

private:
    ChdbConnection(const ChdbLibrary& library, ChdbLibrary::Handle* handle) : library_(&library), handle_(handle) {}
    const ChdbLibrary* library_;
    ChdbLibrary::Handle* handle_;
};

// ClickHouse's "Code: 241. DB::Exception: …" as an Error of ours.
base::Error translate_clickhouse_error(std::string_view text);

}  // namespace shuwei::eventstore
