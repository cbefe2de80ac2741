#include "chdb_library.hpp"

#include <dlfcn.h>

#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;

Result<std::unique_ptr<ChdbLibrary>> ChdbLibrary::load(const std::string& path) {
    // RTLD_LOCAL: the library brings its own copies of half the world, which must not mix with ours.
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* reason = ::dlerror();
        return fail(ErrorCode::unavailable, "cannot load " + path + ": " + (reason != nullptr ? reason : "unknown reason"));
    }
    auto library = std::make_unique<ChdbLibrary>();
    void (*set_signal_handlers)(int) = nullptr;
    std::string missing;
    const auto find = [&](auto& function, const char* name) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(handle, name));
        if (function == nullptr && missing.empty()) missing = name;
    };
    find(library->connect_, "chdb_connect");
    find(library->close_, "chdb_close_conn");
    find(library->query_, "chdb_query_with_params_n");
    find(library->stream_, "chdb_stream_query_with_params_n");
    find(library->fetch_, "chdb_stream_fetch_result");
    find(library->cancel_, "chdb_stream_cancel_query");
    find(library->destroy_, "chdb_destroy_query_result");
    find(library->buffer_, "chdb_result_buffer");
    find(library->length_, "chdb_result_length");
    find(library->error_, "chdb_result_error");
    find(library->rows_, "chdb_result_rows_read");
    find(set_signal_handlers, "chdb_set_signal_handlers_enabled");
    if (!missing.empty()) return fail(ErrorCode::unavailable, path + " lacks " + missing + ": another version is needed");
    set_signal_handlers(0);
    return library;
}

Result<ChdbConnection> ChdbConnection::open(const ChdbLibrary& library, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "clickhouse");
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    ChdbLibrary::Handle* handle = library.connect_(static_cast<int>(pointers.size()), pointers.data());
    if (handle == nullptr || *handle == nullptr) {
        return fail(ErrorCode::unavailable, "ClickHouse refuses to open the folder: it is in use by another process, "
                                            "not writable, or not an event store");
    }
    return ChdbConnection(library, handle);
}

ChdbConnection::~ChdbConnection() {
    if (handle_ != nullptr) library_->close_(handle_);
}

namespace {

struct Arrays {
    std::vector<const char*> names, values;
    std::vector<size_t> name_lengths, value_lengths;

    explicit Arrays(const ChdbConnection::Parameters& parameters) {
        for (const auto& [name, value] : parameters) {
            names.push_back(name.data());
            name_lengths.push_back(name.size());
            values.push_back(value.data());
            value_lengths.push_back(value.size());
        }
    }
};

}  // namespace

Result<std::string> ChdbConnection::query(std::string_view sql, std::string_view format, const Parameters& parameters) {
    const Arrays arrays(parameters);
    ChdbLibrary::Handle result =
        library_->query_(*handle_, sql.data(), sql.size(), format.data(), format.size(), arrays.names.data(),
                         arrays.name_lengths.data(), arrays.values.data(), arrays.value_lengths.data(), parameters.size());
    if (result == nullptr) return fail(ErrorCode::internal, "ClickHouse gave no result");
    if (const char* error = library_->error_(result)) {
        auto translated = translate_clickhouse_error(error);
        library_->destroy_(result);
        return fail(std::move(translated));
    }
    const char* buffer = library_->buffer_(result);
    std::string bytes = buffer != nullptr ? std::string(buffer, library_->length_(result)) : std::string();
    library_->destroy_(result);
    return bytes;
}

Result<> ChdbConnection::stream(std::string_view sql, std::string_view format, const Parameters& parameters,
                                const Receive& receive) {
    const Arrays arrays(parameters);
    ChdbLibrary::Handle stream =
        library_->stream_(*handle_, sql.data(), sql.size(), format.data(), format.size(), arrays.names.data(),
                          arrays.name_lengths.data(), arrays.values.data(), arrays.value_lengths.data(), parameters.size());
    if (stream == nullptr) return fail(ErrorCode::internal, "ClickHouse gave no result");
    Result<> outcome;
    if (const char* error = library_->error_(stream)) {
        outcome = fail(translate_clickhouse_error(error));
    } else {
        while (true) {
            ChdbLibrary::Handle piece = library_->fetch_(*handle_, stream);
            if (piece == nullptr) break;
            if (const char* piece_error = library_->error_(piece)) {
                outcome = fail(translate_clickhouse_error(piece_error));
                library_->destroy_(piece);
                break;
            }
            const size_t length = library_->length_(piece);
            const bool more = length > 0;
            const bool wanted = !more || receive({library_->buffer_(piece), length});
            library_->destroy_(piece);
            if (!more) break;
            if (!wanted) {
                library_->cancel_(*handle_, stream);
                outcome = fail(ErrorCode::cancelled, "the query was stopped");
                break;
            }
        }
    }
    library_->destroy_(stream);
    return outcome;
}

base::Error translate_clickhouse_error(std::string_view text) {
    int64_t number = 0;
    if (const size_t at = text.find("Code: "); at != std::string_view::npos) {
        const std::string_view rest = text.substr(at + 6);
        number = base::parse_int(rest.substr(0, rest.find('.'))).value_or(0);
    }
    ErrorCode code = ErrorCode::internal;
    switch (number) {
        case 60:    // UNKNOWN_TABLE
        case 81:    // UNKNOWN_DATABASE
            code = ErrorCode::not_found;
            break;
        case 159:   // TIMEOUT_EXCEEDED
        case 160:   // TOO_SLOW
            code = ErrorCode::deadline_exceeded;
            break;
        case 241:   // MEMORY_LIMIT_EXCEEDED
        case 243:   // NOT_ENOUGH_SPACE
        case 252:   // TOO_MANY_PARTS
            code = ErrorCode::resource_exhausted;
            break;
        case 394:   // QUERY_WAS_CANCELLED
        case 734:   // QUERY_WAS_CANCELLED_BY_CLIENT
            code = ErrorCode::cancelled;
            break;
        case 168:   // TOO_BIG_AST
        case 167:   // TOO_DEEP_AST
        case 62:    // SYNTAX_ERROR, of a query beyond the parser's limits
            code = ErrorCode::invalid_argument;
            break;
        default: break;
    }
    if (text.find("No space left on device") != std::string_view::npos) code = ErrorCode::resource_exhausted;
    // Without the stack trace and with an end.
    std::string message(text.substr(0, std::min<size_t>(text.size(), 600)));
    if (const size_t trace = message.find("Stack trace"); trace != std::string::npos) message.resize(trace);
    return base::Error(code, base::replace_invalid_utf8("ClickHouse: " + std::string(base::trim(message))));
}

}  // namespace shuwei::eventstore
