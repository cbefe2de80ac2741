// Bytes of a stream between the socket and the frames made of them: grows while a frame is unfinished, and is given back
// when nothing is left. Views into data() live until release(). One owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace shuwei::collect {

class ReadBuffer {
public:
    // Room for at least `size` bytes to read into; commit() says how many came. Only after release().
    std::span<char> room(size_t size) {
        if (capacity_ - end_ < size) move_to(std::max(this->size() + size, this->size() * 2));
        return {bytes_.get() + end_, capacity_ - end_};
    }
    void commit(size_t size) { end_ += size; }

    std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
    size_t size() const { return end_ - begin_; }
    void consume(size_t size) { begin_ += size; }

    void release() {
        if (size() == 0) {
            bytes_.reset();
            capacity_ = begin_ = end_ = 0;
        } else if (size() < capacity_ / 2) {  // thousands of quiet connections must not hold a read buffer each
            move_to(size());
        }
    }
    size_t memory() const { return capacity_; }

private:
    void move_to(size_t capacity) {
        const size_t used = size();
        auto other = std::make_unique_for_overwrite<char[]>(capacity);
        if (used > 0) std::memcpy(other.get(), bytes_.get() + begin_, used);
        bytes_ = std::move(other);
        capacity_ = capacity;
        begin_ = 0;
        end_ = used;
    }

    std::unique_ptr<char[]> bytes_;
    size_t capacity_ = 0;
    size_t begin_ = 0;  // of what was not consumed
    size_t end_ = 0;
};

}  // namespace shuwei::collect
