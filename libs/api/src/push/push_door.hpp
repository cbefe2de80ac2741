// PushDoor: the doors that other products' shippers know. Elasticsearch's bulk interface, Splunk's HTTP event collector
// and OTLP/HTTP logs, each with its own paths, credentials, answers and errors; docs/formats/http-inputs.md lists them.
// They are no part of api/openapi.yaml: what they look like is decided elsewhere. Thread-safe.
#pragma once

#include <string_view>

#include "shuwei/api/services.hpp"
#include "shuwei/net/http.hpp"

namespace shuwei::api {

// One request at the door.
struct PushCall {
    Services& services;
    const net::HttpRequest& request;
    std::string_view path;  // below the place where the door is mounted, without the first and the last slash
    base::IpAddress peer;
};

class PushDoor {
public:
    explicit PushDoor(Services& services) : services_(services) {}

    // `path` as it stands below the mount: "/_bulk".
    net::HttpResponse answer(const net::HttpRequest& request, std::string_view path, const base::IpAddress& peer);

private:
    Services& services_;
};

// The client whose events these are, by the token that the request bears: `Bearer`, `Splunk`, `ApiKey` or `Basic`
// authorisation. unauthenticated without a token; permission_denied when it is not good, or not for ?tenant=.
base::Result<ledger::TenantNumber> authenticate_push(PushCall& call);

// Spools the body; `wanted` has format, index and origin set.
base::Result<collect::IngestReceipt> take_push(PushCall& call, ledger::TenantNumber tenant, collect::IngestRequest wanted);

// The protocols. They answer whatever comes, failures too.
net::HttpResponse answer_elastic(PushCall& call);
net::HttpResponse answer_splunk(PushCall& call);
net::HttpResponse answer_otlp(PushCall& call);

}  // namespace shuwei::api
