#include "yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <unordered_set>

namespace shuwei::sigma {

using base::Error;
using base::ErrorCode;
using base::fail;
using base::Result;

const YamlNode* YamlNode::find(std::string_view key) const {
    for (const auto& [name, node] : members) {
        if (name == key) return &node;
    }
    return nullptr;
}

std::string_view YamlNode::kind_name() const {
    switch (kind) {
        case Kind::null: return "nothing";
        case Kind::scalar: return "a value";
        case Kind::list: return "a list";
        case Kind::map: return "a map";
    }
    return "";
}

namespace {

uint32_t line_of(const YAML::Mark& mark) { return mark.is_null() ? 0 : static_cast<uint32_t>(mark.line) + 1; }

struct Refusal {
    uint32_t line;
    std::string text;
};

// Builds the tree from yaml-cpp's events; throws Refusal, caught in parse_yaml below.
class Builder final : public YAML::EventHandler {
public:
    YamlNode root;
    uint32_t first_line = 1;

    void OnDocumentStart(const YAML::Mark& mark) override {
        root = {};
        frames_.clear();
        anchors_.clear();
        first_line = line_of(mark);
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        YamlNode node;
        node.line = line_of(mark);
        put(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) throw Refusal{line_of(mark), "an alias refers to what contains it"};
        count(found->second.second, line_of(mark));
        if (frames_.size() + found->second.first.second > kMaxYamlDepth) throw Refusal{line_of(mark), "nested too deeply"};
        if (!frames_.empty()) frames_.back().depth = std::max(frames_.back().depth, found->second.first.second + 1);
        put(YamlNode(found->second.first.first), 0);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        YamlNode node;
        node.kind = YamlNode::Kind::scalar;
        node.line = line_of(mark);
        node.quoted = tag != "?" && !tag.empty();
        node.text = value;
        put(std::move(node), anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::list, mark, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::map, mark, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Frame {
        YamlNode node;
        YAML::anchor_t anchor = 0;
        size_t nodes_before = 0;
        size_t depth = 1;  // of what is inside
        bool has_key = false;
        uint32_t key_line = 0;
        std::string key;
        std::unordered_set<std::string> keys;
    };

    // Few keys are compared one by one; the set is made for large maps only.
    static bool is_new_key(Frame& frame, const std::string& key) {
        constexpr size_t kFew = 24;
        const auto& members = frame.node.members;
        if (members.size() < kFew) return frame.node.find(key) == nullptr;
        if (frame.keys.empty()) {
            for (const auto& member : members) frame.keys.insert(member.key);
        }
        return frame.keys.insert(key).second;
    }

    void count(size_t by, uint32_t line) {
        nodes_ += by;
        if (nodes_ > kMaxYamlNodes) throw Refusal{line, "more than 200000 values in one file"};
    }

    void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (frames_.size() >= kMaxYamlDepth) throw Refusal{line_of(mark), "nested too deeply"};
        if (!frames_.empty() && frames_.back().node.is_map() && !frames_.back().has_key) {
            throw Refusal{line_of(mark), "a key must be a plain value"};
        }
        Frame frame;
        frame.node.kind = kind;
        frame.node.line = line_of(mark);
        frame.anchor = anchor;
        frame.nodes_before = nodes_;
        frames_.push_back(std::move(frame));
    }

    void close() {
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        if (frame.anchor != 0) {
            anchors_[frame.anchor] = {{frame.node, frame.depth}, nodes_ - frame.nodes_before + 1};
        }
        if (!frames_.empty()) frames_.back().depth = std::max(frames_.back().depth, frame.depth + 1);
        put(std::move(frame.node), 0);
    }

    void put(YamlNode node, YAML::anchor_t anchor) {
        count(1, node.line);
        if (anchor != 0) anchors_[anchor] = {{node, 1}, 1};
        if (frames_.empty()) {
            root = std::move(node);
            return;
        }
        Frame& frame = frames_.back();
        if (frame.node.is_list()) {
            frame.node.items.push_back(std::move(node));
            return;
        }
        if (!frame.has_key) {
            if (node.kind == YamlNode::Kind::list || node.kind == YamlNode::Kind::map) {
                throw Refusal{node.line, "a key must be a plain value"};
            }
            if (!is_new_key(frame, node.text)) throw Refusal{node.line, "the key '" + node.text + "' occurs twice"};
            frame.key = std::move(node.text);
            frame.key_line = node.line;
            frame.has_key = true;
            return;
        }
        frame.node.members.push_back({std::move(frame.key), std::move(node)});
        frame.node.member_lines.push_back(frame.key_line);
        frame.has_key = false;
    }

    std::vector<Frame> frames_;
    // anchor -> ((tree, depth), nodes in it)
    std::unordered_map<YAML::anchor_t, std::pair<std::pair<YamlNode, size_t>, size_t>> anchors_;
    size_t nodes_ = 0;
};

class ViewBuffer final : public std::streambuf {
public:
    explicit ViewBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data());
        setg(begin, begin, begin + text.size());
    }
};

Error at_line(uint32_t line, std::string text) {
    Error error(ErrorCode::invalid_argument, std::move(text));
    return line == 0 ? error : std::move(error).at("line " + std::to_string(line));
}

// The text from the beginning of line `from` to the beginning of line `to` (0 = the end), 1-based.
std::string_view lines(std::string_view text, const std::vector<size_t>& starts, uint32_t from, uint32_t to) {
    const size_t begin = from == 0 || from > starts.size() ? 0 : starts[from - 1];
    const size_t end = to == 0 || to > starts.size() ? text.size() : starts[to - 1];
    return begin < end ? text.substr(begin, end - begin) : std::string_view{};
}

}  // namespace

Result<std::vector<YamlDocument>> parse_yaml(std::string_view text) {
    if (text.size() > kMaxYamlBytes) return fail(ErrorCode::too_large, "the file is larger than 8 MiB");
    if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
        return fail(at_line(1 + static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(zero), '\n')),
                            "not YAML: a zero byte"));
    }
    std::vector<size_t> starts{0};
    for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) starts.push_back(at + 1);
    std::vector<YamlDocument> documents;
    try {
        ViewBuffer buffer(text);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        Builder builder;
        while (parser.HandleNextDocument(builder)) {
            if (builder.root.is_null()) continue;
            YamlDocument document;
            document.root = std::move(builder.root);
            builder.root = {};
            document.line = documents.empty() ? 1 : std::max<uint32_t>(1, builder.first_line);
            documents.push_back(std::move(document));
        }
    } catch (const Refusal& refusal) {
        return fail(at_line(refusal.line, refusal.text));
    } catch (const YAML::Exception& error) {
        return fail(at_line(line_of(error.mark), "not YAML: " + error.msg));
    } catch (const std::exception& error) {
        return fail(ErrorCode::invalid_argument, std::string("not YAML: ") + error.what());
    }
    for (size_t i = 0; i < documents.size(); ++i) {
        const uint32_t next = i + 1 < documents.size() ? documents[i + 1].line : 0;
        std::string_view source = lines(text, starts, documents[i].line, next);
        const size_t first_end = source.find('\n');
        if (source.starts_with("---") && first_end != std::string_view::npos) {
            source.remove_prefix(first_end + 1);
            ++documents[i].line;
        }
        documents[i].source = source;
    }
    return documents;
}

}  // namespace shuwei::sigma
