// Runs a libFuzzer entry point over every file of a corpus, and over simple mutations of each, so that fuzz
// targets are exercised by compilers that have no libFuzzer.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {
void run(const std::string& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}
}  // namespace

int main(int argc, char** argv) {
    std::mt19937 random(20260101);
    size_t inputs = 0;
    run("");
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::is_directory(argv[i])) continue;
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string seed{std::istreambuf_iterator<char>(file), {}};
            run(seed);
            ++inputs;
            for (int round = 0; round < 500; ++round, ++inputs) {
                std::string mutant = seed;
                const int edits = 1 + static_cast<int>(random() % 6);
                for (int edit = 0; edit < edits; ++edit) {
                    const size_t at = mutant.empty() ? 0 : random() % mutant.size();
                    switch (random() % 5) {
                        case 0: if (!mutant.empty()) mutant[at] = static_cast<char>(random()); break;
                        case 1: mutant.insert(at, 1, static_cast<char>(random())); break;
                        case 2: if (!mutant.empty()) mutant.erase(at, 1 + random() % 8); break;
                        case 3: mutant.insert(at, mutant.substr(at, random() % 32)); break;
                        default: mutant.resize(at); break;
                    }
                }
                run(mutant);
            }
        }
    }
    std::printf("%zu inputs\n", inputs);
    return inputs > 0 ? 0 : 1;  // a fuzz target without a corpus tests nothing
}
