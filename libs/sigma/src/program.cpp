#include "shuwei/sigma/program.hpp"

#include "compiler.hpp"
#include "program_parts.hpp"
#include "shuwei/base/assert.hpp"

namespace shuwei::sigma {

Program::Program() : parts_(std::make_unique<Parts>()) {}
Program::~Program() = default;

base::Result<std::shared_ptr<const Program>> Program::compile(std::vector<std::shared_ptr<const DetectionRule>> rules,
                                                              const LogSourceMap& sources, const FieldMap& fields, CompiledCache* cache) {
    std::shared_ptr<Program> program(new Program());
    program->parts_->rules = std::move(rules);
    TRY(Compiler(*program->parts_, sources, fields, cache).run());
    return program;
}

size_t Program::rule_count() const { return parts_->rules.size(); }

const DetectionRule& Program::rule(uint32_t number) const {
    SHUWEI_ASSERT(number < parts_->rules.size());
    return *parts_->rules[number];
}

const ProgramStats& Program::stats() const { return parts_->stats; }

}  // namespace shuwei::sigma
