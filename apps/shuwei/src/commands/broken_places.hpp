// Tells the broken places of a file on stderr, the first ones one by one, the others as a number at the end.
#pragma once

#include <cstdio>
#include <string>

#include "shuwei/base/result.hpp"

namespace shuwei::app {

class BrokenPlaces {
public:
    explicit BrokenPlaces(std::string file) : file_(std::move(file)) {}
    ~BrokenPlaces() {
        if (told_ > kToldOneByOne) std::fprintf(stderr, "shuwei: %s: %zu more broken places\n", file_.c_str(), told_ - kToldOneByOne);
    }
    BrokenPlaces(const BrokenPlaces&) = delete;
    BrokenPlaces& operator=(const BrokenPlaces&) = delete;

    void tell(const base::Error& error) {
        if (++told_ <= kToldOneByOne) std::fprintf(stderr, "shuwei: %s\n", error.to_string().c_str());
    }

private:
    static constexpr size_t kToldOneByOne = 20;
    std::string file_;
    size_t told_ = 0;
};

}  // namespace shuwei::app
