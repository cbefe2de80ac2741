// Test helper: Windows events as JSON, flat or as Event.System / Event.EventData, to winlog.* fields. What the parse
// library does for the product, cut down to what these tests need.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "shuwei/event/batch.hpp"

namespace shuwei::sigma::test {

class WindowsJson {
public:
    // Adds one event; `text` has padding behind it. False when it is not a JSON object.
    bool read(std::string_view text, event::EventBatch& batch) {
        simdjson::dom::element root;
        if (parser_.parse(text.data(), text.size(), false).get(root) != simdjson::SUCCESS) return false;
        simdjson::dom::object object;
        if (root.get(object) != simdjson::SUCCESS) return false;
        event::Event& event = batch.add_event();
        event.raw = batch.store(text);
        simdjson::dom::object inner;
        if (object["Event"].get(inner) == simdjson::SUCCESS) {
            simdjson::dom::object part;
            if (inner["System"].get(part) == simdjson::SUCCESS) read_system(part, batch, event);
            if (inner["EventData"].get(part) == simdjson::SUCCESS) read_data(part, "winlog.event_data.", batch, event);
            if (inner["UserData"].get(part) == simdjson::SUCCESS) {  // one element, named after the kind of event
                for (const auto& [name, value] : part) {
                    simdjson::dom::object fields;
                    if (value.get(fields) == simdjson::SUCCESS && name != "#attributes") read_data(fields, "winlog.user_data.", batch, event);
                }
            }
            return true;
        }
        for (const auto& [key, value] : object) {
            if (const std::string_view name = system_name(key); !name.empty()) {
                add(name, value, batch, event);
            } else {
                add("winlog.event_data." + std::string(key), value, batch, event);
            }
        }
        return true;
    }

private:
    static std::string_view system_name(std::string_view key) {
        if (key == "EventID") return "winlog.event_id";
        if (key == "Channel") return "winlog.channel";
        if (key == "SourceName" || key == "Provider_Name") return "winlog.provider_name";
        if (key == "Hostname" || key == "Computer") return "winlog.computer_name";
        if (key == "Message") return "message";
        return {};
    }

    void add(std::string_view name, simdjson::dom::element value, event::EventBatch& batch, event::Event& event) {
        switch (value.type()) {
            case simdjson::dom::element_type::STRING:
                batch.add(event, name, batch.store(value.get_string().value()));
                return;
            case simdjson::dom::element_type::NULL_VALUE: batch.add(event, name, {}, event::ValueKind::null); return;
            case simdjson::dom::element_type::BOOL:
                batch.add(event, name, value.get_bool().value() ? "true" : "false", event::ValueKind::boolean);
                return;
            case simdjson::dom::element_type::ARRAY: {
                const simdjson::dom::array array = value.get_array();  // kept: a range over a temporary would dangle
                for (const simdjson::dom::element one : array) add(name, one, batch, event);
                return;
            }
            case simdjson::dom::element_type::OBJECT: {
                const simdjson::dom::object object = value.get_object();
                for (const auto& [key, one] : object) add(std::string(name) + "." + std::string(key), one, batch, event);
                return;
            }
            default: {
                const std::string text = simdjson::minify(value);
                batch.add(event, name, batch.store(text), event::ValueKind::number);
            }
        }
    }

    void read_system(simdjson::dom::object system, event::EventBatch& batch, event::Event& event) {
        for (const auto& [key, value] : system) {
            simdjson::dom::element inside;
            if (key == "Provider") {
                if (value["#attributes"]["Name"].get(inside) == simdjson::SUCCESS) add("winlog.provider_name", inside, batch, event);
            } else if (key == "EventID" && value["#text"].get(inside) == simdjson::SUCCESS) {
                add("winlog.event_id", inside, batch, event);
            } else if (const std::string_view name = system_name(key); !name.empty()) {
                add(name, value, batch, event);
            } else {
                add("winlog." + std::string(key), value, batch, event);
            }
        }
    }

    void read_data(simdjson::dom::object data, const std::string& prefix, event::EventBatch& batch, event::Event& event) {
        for (const auto& [key, value] : data) add(prefix + std::string(key), value, batch, event);
    }

    simdjson::dom::parser parser_;
};

}  // namespace shuwei::sigma::test
