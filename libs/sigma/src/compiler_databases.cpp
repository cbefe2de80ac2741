// The Hyperscan side of compilation: what to build, from the cache or anew, on a few threads.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "compiler.hpp"
#include "shuwei/sigma/compiled_cache.hpp"

namespace shuwei::sigma {

using base::ErrorCode;
using base::fail;
using base::Result;

// One database to be made.
struct HsJob {
    ContentHash key;
    std::vector<const char*> texts;  // zero-terminated, kept by others
    std::vector<size_t> sizes;
    std::vector<unsigned> flags;
    std::vector<unsigned> ids;
    bool literals = false;
    HsDatabase* into = nullptr;
    std::string error;

    void add(const std::string& text, unsigned flag) {
        ids.push_back(static_cast<unsigned>(texts.size()));
        texts.push_back(text.c_str());
        sizes.push_back(text.size());
        flags.push_back(flag);
    }
};

namespace {

constexpr size_t kFewLiterals = 1;  // so few are looked for without a database

void build(HsJob& job) {
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    const auto count = static_cast<unsigned>(job.texts.size());
    const hs_error_t result =
        job.literals ? hs_compile_lit_multi(job.texts.data(), job.flags.data(), job.ids.data(), job.sizes.data(), count, HS_MODE_BLOCK, nullptr, &database, &error)
                     : hs_compile_multi(job.texts.data(), job.flags.data(), job.ids.data(), count, HS_MODE_BLOCK, nullptr, &database, &error);
    if (result != HS_SUCCESS) {
        job.error = error != nullptr && error->message != nullptr ? error->message : "unknown";
        hs_free_compile_error(error);
        return;
    }
    job.into->reset(database);
}

ContentHash key_of(const HsJob& job) {
    ContentHasher hasher;
    hasher.add(job.literals).add(job.texts.size());
    for (size_t i = 0; i < job.texts.size(); ++i) {
        hasher.add(std::string_view(job.texts[i], job.sizes[i])).add(job.flags[i]).add(job.ids[i]);
    }
    return hasher.finish();
}

void run_jobs(std::vector<HsJob*>& jobs) {
    std::atomic<size_t> next{0};
    const auto work = [&] {
        for (size_t i = next++; i < jobs.size(); i = next++) build(*jobs[i]);
    };
    const size_t threads = std::min<size_t>(std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 8), jobs.size());
    std::vector<std::jthread> others;
    for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
    work();
}

}  // namespace

// Databases from the cache or made now; a job that fails leaves its database null.
Result<> Compiler::finish_jobs(std::vector<std::unique_ptr<HsJob>>& jobs) {
    std::vector<HsJob*> missing;
    for (auto& job : jobs) {
        job->key = key_of(*job);
        const std::string_view bytes = cache_ != nullptr ? cache_->find_database(job->key) : std::string_view();
        hs_database_t* database = nullptr;
        if (!bytes.empty() && hs_deserialize_database(bytes.data(), bytes.size(), &database) == HS_SUCCESS) {
            job->into->reset(database);
            ++parts_.stats.databases_cached;
        } else {
            missing.push_back(job.get());
        }
    }
    run_jobs(missing);
    for (auto& job : jobs) {
        if (*job->into == nullptr) continue;
        ++parts_.stats.databases;
        size_t size = 0;
        if (hs_database_size(job->into->get(), &size) == HS_SUCCESS) parts_.stats.bytes += size;
        hs_scratch_t* scratch = parts_.scratch.release();
        const hs_error_t result = hs_alloc_scratch(job->into->get(), &scratch);
        parts_.scratch.reset(scratch);
        if (result != HS_SUCCESS) return fail(ErrorCode::resource_exhausted, "out of memory for matching");
    }
    if (cache_ == nullptr) return {};
    for (HsJob* job : missing) {
        char* bytes = nullptr;
        size_t size = 0;
        if (*job->into == nullptr || hs_serialize_database(job->into->get(), &bytes, &size) != HS_SUCCESS) continue;
        cache_->put_database(job->key, std::string(bytes, size));
        std::free(bytes);
    }
    return {};
}

Result<> Compiler::build_expressions() {
    std::vector<std::unique_ptr<HsJob>> jobs;
    for (size_t i = 0; i < parts_.expressions.size(); ++i) {
        const ValueTest& test = *expression_tests_[i];
        if (!is_small_expression(test.text)) continue;
        auto job = std::make_unique<HsJob>();
        job->into = &parts_.expressions[i].database;
        job->add(test.text, hs_flags(test.regex));
        jobs.push_back(std::move(job));
    }
    TRY(finish_jobs(jobs));
    for (size_t i = 0; i < parts_.expressions.size(); ++i) {
        Expression& expression = parts_.expressions[i];
        if (expression.database != nullptr) continue;
        TRY_ASSIGN(PcreRegex regex, PcreRegex::compile(expression_tests_[i]->text, expression_tests_[i]->regex));
        expression.pcre = std::make_unique<PcreRegex>(std::move(regex));
        ++parts_.stats.pcre_expressions;
    }
    parts_.stats.expressions = parts_.expressions.size();
    return {};
}

Result<> Compiler::build_databases() {
    std::vector<std::unique_ptr<HsJob>> jobs;
    for (StringTable& table : parts_.tables) {
        table.shortest_literal = SIZE_MAX;
        for (const std::string& literal : table.literals) {
            table.shortest_literal = std::min(table.shortest_literal, literal.size());
            if (literal.find(kValueSeparator) != std::string::npos) table.joinable = false;
        }
        if (table.literals.size() > kFewLiterals) {
            auto job = std::make_unique<HsJob>();
            job->literals = true;
            job->into = &table.literal_database;
            for (const std::string& literal : table.literals) job->add(literal, HS_FLAG_SINGLEMATCH);
            jobs.push_back(std::move(job));
        }
        if (table.expressions.size() > 1) {  // when they do not go together the matcher takes them one by one
            auto job = std::make_unique<HsJob>();
            job->into = &table.expression_database;
            for (const TableRegex& expression : table.expressions) job->add(expression.text, hs_flags(expression.flags));
            jobs.push_back(std::move(job));
        }
    }
    TRY(finish_jobs(jobs));
    for (const auto& job : jobs) {
        if (job->literals && *job->into == nullptr) return fail(ErrorCode::internal, "literals do not compile: " + job->error);
    }
    return {};
}

}  // namespace shuwei::sigma
