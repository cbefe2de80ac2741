// ClickHouse's Native format as far as we write it: one block of columns, each contiguous. Single owner.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/file.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::eventstore {

// A growing run of bytes that is never zeroed first and keeps its memory over clear().
class Bytes {
public:
    template <typename T>
        requires std::is_trivially_copyable_v<T>
    void put(const T& value) {
        std::memcpy(room(sizeof value), &value, sizeof value);
        size_ += sizeof value;
    }
    // Length as a base-128 number, then the bytes.
    void put_text(std::string_view text) {
        char* at = room(text.size() + 10);
        size_t length = text.size();
        size_t used = 0;
        while (length >= 0x80) {
            at[used++] = static_cast<char>(length | 0x80);
            length >>= 7;
        }
        at[used++] = static_cast<char>(length);
        if (!text.empty()) std::memcpy(at + used, text.data(), text.size());
        size_ += used + text.size();
    }
    void put_repeated(uint8_t byte, size_t count) {
        std::memset(room(count), byte, count);
        size_ += count;
    }
    std::string_view view() const { return {data_.get(), size_}; }
    size_t size() const { return size_; }
    void clear() { size_ = 0; }

private:
    char* room(size_t wanted) {
        if (size_ + wanted > capacity_) [[unlikely]] grow(wanted);
        return data_.get() + size_;
    }
    void grow(size_t wanted);

    std::unique_ptr<char[]> data_;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

class NativeBlock {
public:
    explicit NativeBlock(size_t rows) : rows_(rows) {}

    // `parts` must stay where they are until write_to_memfd(); what is temporary is copied.
    void column(std::string_view name, std::string_view type, std::initializer_list<std::string_view> parts);
    const std::vector<std::pair<std::string, std::string>>& columns() const { return columns_; }

    struct Written {
        base::FileDescriptor memfd;
        size_t bytes = 0;
    };
    // The block as a sealed memfd.
    base::Result<Written> write_to_memfd(const char* name) const;

private:
    size_t rows_;
    std::vector<std::pair<std::string, std::string>> columns_;
    std::vector<std::vector<std::string_view>> data_;
    std::vector<std::unique_ptr<std::string>> copies_;
};

}  // namespace shuwei::eventstore
