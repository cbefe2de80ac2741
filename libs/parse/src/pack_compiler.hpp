// pack.yaml -> CompiledPack. Pure apart from reading the pack's own files; never throws.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "compiled_pack.hpp"
#include "shuwei/parse/pack_set.hpp"

namespace shuwei::parse {

constexpr size_t kMaxPackBytes = 2 * 1024 * 1024;

struct PackDefinition {
    PackInfo info;
    std::unique_ptr<CompiledPack> compiled;
    std::vector<Recognition> recognitions;
    std::filesystem::path file;
};

// `root` is the folder that `include` counts from.
tl::expected<PackDefinition, PackProblem> compile_pack(const std::filesystem::path& folder, const std::filesystem::path& root);
// The same from text, for editors and fuzzing; without `root`, `include` is refused.
tl::expected<PackDefinition, PackProblem> compile_pack_text(const std::string& yaml, const std::filesystem::path& name,
                                                            const std::filesystem::path& root = {});

// The same with its recognition checked: ready to run.
tl::expected<PackDefinition, PackProblem> compile_checked_pack_text(const std::string& yaml, const std::filesystem::path& name,
                                                                    const std::filesystem::path& root);
tl::expected<PackDefinition, PackProblem> compile_checked_pack(const std::filesystem::path& folder, const std::filesystem::path& root);

}  // namespace shuwei::parse
