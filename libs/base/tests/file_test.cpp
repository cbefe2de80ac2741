#include "shuwei/base/file.hpp"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

namespace shuwei::base {
namespace {

class File : public testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/shuwei-file-XXXXXX";
        folder_ = mkdtemp(name);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

TEST_F(File, WritesDurablyWithItsModeAndLeavesNoTemporary) {
    const auto path = folder_ / "secret";
    ASSERT_TRUE(write_file_durably(path, "one", 0600));
    ASSERT_TRUE(write_file_durably(path, "two", 0600));
    EXPECT_EQ(*read_file(path), "two");
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(File, ReadErrorsNameTheFileAndTheKind) {
    const auto missing = read_file(folder_ / "missing");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), ErrorCode::not_found);
    EXPECT_NE(missing.error().to_string().find("missing"), std::string::npos);
    EXPECT_EQ(read_file(folder_).error().code(), ErrorCode::invalid_argument);
    ASSERT_TRUE(write_file_durably(folder_ / "big", std::string(100, 'x')));
    EXPECT_EQ(read_file(folder_ / "big", 99).error().code(), ErrorCode::too_large);
    EXPECT_EQ(read_file("/dev/zero", 1000).error().code(), ErrorCode::too_large);  // no size, no end
}

TEST_F(File, AFullDiskIsToldApart) {
    EXPECT_EQ(system_error(ENOSPC, "write").code(), ErrorCode::resource_exhausted);
    const FileDescriptor full(::open("/dev/full", O_WRONLY));
    ASSERT_TRUE(full);
    EXPECT_EQ(write_all(full.get(), "x").error().code(), ErrorCode::resource_exhausted);
}

}  // namespace
}  // namespace shuwei::base
