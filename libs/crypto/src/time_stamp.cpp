#include "shuwei/crypto/time_stamp.hpp"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include "shuwei/crypto/digest.hpp"

namespace shuwei::crypto {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const { Free(object); }
};
using Request = std::unique_ptr<TS_REQ, Freed<TS_REQ_free>>;
using Response = std::unique_ptr<TS_RESP, Freed<TS_RESP_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, Freed<TS_MSG_IMPRINT_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>>;
using Number = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using Token = std::unique_ptr<PKCS7, Freed<PKCS7_free>>;
using Information = std::unique_ptr<TS_TST_INFO, Freed<TS_TST_INFO_free>>;
using Verification = std::unique_ptr<TS_VERIFY_CTX, Freed<TS_VERIFY_CTX_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;

constexpr std::array kHashes{NID_sha256, NID_sha384, NID_sha512, NID_sm3};  // that a stamp may be over

std::string openssl_words() {
    std::array<char, 256> text{};
    unsigned long last = 0;
    while (const unsigned long error = ERR_get_error()) last = error;
    if (last == 0) return "malformed";
    ERR_error_string_n(last, text.data(), text.size());
    const char* reason = ERR_reason_error_string(last);
    return reason != nullptr ? reason : text.data();
}

auto corrupt(const std::string& why) { return fail(ErrorCode::data_corrupt, "time stamp: " + why); }

template <typename T>
Result<std::string> to_der(const T* object, int (*encode)(const T*, unsigned char**)) {
    unsigned char* bytes = nullptr;
    const int size = encode(object, &bytes);
    if (size < 0) return fail(ErrorCode::internal, "time stamp: " + openssl_words());
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

template <typename T>
T* from_der(std::string_view bytes, T* (*decode)(T**, const unsigned char**, long)) {
    ERR_clear_error();
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const auto* end = at + bytes.size();
    T* object = decode(nullptr, &at, static_cast<long>(bytes.size()));
    return object != nullptr && at == end ? object : nullptr;
}

Result<base::Timestamp> time_of(const ASN1_GENERALIZEDTIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return corrupt("it holds no time");
    return static_cast<base::Timestamp>(::timegm(&parts)) * base::kSecond;
}

// Subject of the certificate that signed, when it came along.
std::string signer_of(PKCS7* token) {
    STACK_OF(X509)* signers = PKCS7_get0_signers(token, nullptr, 0);
    if (signers == nullptr) {
        ERR_clear_error();
        return {};
    }
    std::string name;
    if (sk_X509_num(signers) > 0) {
        const std::unique_ptr<BIO, Freed<BIO_free>> out(BIO_new(BIO_s_mem()));
        X509_NAME_print_ex(out.get(), X509_get_subject_name(sk_X509_value(signers, 0)), 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
        char* text = nullptr;
        const long size = BIO_get_mem_data(out.get(), &text);
        name.assign(text, static_cast<size_t>(std::max(size, 0L)));
    }
    sk_X509_free(signers);
    return name;
}

// The context takes ownership of what is set into it.
Verification verification_of(std::string_view bytes, int flags) {
    Verification context(TS_VERIFY_CTX_new());
    TS_VERIFY_CTX_set_flags(context.get(), flags);
    TS_VERIFY_CTX_set_data(context.get(), BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    return context;
}

}  // namespace

Result<std::string> time_stamp_request(std::string_view bytes, uint64_t nonce) {
    const Digest digest = sha256(bytes);
    const Request request(TS_REQ_new());
    const Imprint imprint(TS_MSG_IMPRINT_new());
    const Algorithm algorithm(X509_ALGOR_new());
    const Number number(ASN1_INTEGER_new());
    const bool made = request && imprint && algorithm && number && TS_REQ_set_version(request.get(), 1) == 1 &&
                      X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
                      TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
                      TS_MSG_IMPRINT_set_msg(imprint.get(), const_cast<unsigned char*>(digest.data()), static_cast<int>(digest.size())) == 1 &&
                      TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 && ASN1_INTEGER_set_uint64(number.get(), nonce) == 1 &&
                      TS_REQ_set_nonce(request.get(), number.get()) == 1 && TS_REQ_set_cert_req(request.get(), 1) == 1;
    if (!made) return fail(ErrorCode::internal, "time stamp: " + openssl_words());
    return to_der(request.get(), i2d_TS_REQ);
}

Result<std::string> time_stamp_token(std::string_view answer, std::string_view asked) {
    const Response response(from_der(answer, d2i_TS_RESP));
    if (!response) return corrupt("the authority's answer is none: " + openssl_words());
    const Request request(from_der(asked, d2i_TS_REQ));
    if (!request) return fail(ErrorCode::invalid_argument, "not a time-stamp request");
    TS_STATUS_INFO* status = TS_RESP_get_status_info(response.get());
    const long code = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status));
    if (code != TS_STATUS_GRANTED && code != TS_STATUS_GRANTED_WITH_MODS) {
        std::string words = "the time-stamping authority refused (status " + std::to_string(code) + ")";
        const STACK_OF(ASN1_UTF8STRING)* texts = TS_STATUS_INFO_get0_text(status);
        if (sk_ASN1_UTF8STRING_num(texts) > 0) {
            const ASN1_UTF8STRING* text = sk_ASN1_UTF8STRING_value(texts, 0);
            words += ": " + std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text))).substr(0, 200);
        }
        return fail(ErrorCode::unavailable, std::move(words));
    }
    const Verification context(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
    if (!context) return fail(ErrorCode::internal, "time stamp: " + openssl_words());
    // Whom to trust is asked when the stamp is checked.
    TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_IMPRINT | TS_VFY_NONCE);
    if (TS_RESP_verify_response(context.get(), response.get()) != 1) return corrupt("the answer belongs to another request: " + openssl_words());
    return to_der<PKCS7>(TS_RESP_get_token(response.get()), i2d_PKCS7);
}

Result<TimeStamp> read_time_stamp(std::string_view der, std::string_view bytes) {
    const Token token(from_der(der, d2i_PKCS7));
    if (!token) return corrupt(openssl_words());
    const Information information(PKCS7_to_TS_TST_INFO(token.get()));
    if (!information) return corrupt(openssl_words());
    const X509_ALGOR* algorithm = TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(information.get()));
    const ASN1_OBJECT* hash = nullptr;
    X509_ALGOR_get0(&hash, nullptr, nullptr, algorithm);
    if (std::find(kHashes.begin(), kHashes.end(), OBJ_obj2nid(hash)) == kHashes.end()) return corrupt("its hash function is not accepted");
    if (TS_RESP_verify_token(verification_of(bytes, TS_VFY_VERSION | TS_VFY_DATA).get(), token.get()) != 1) {
        return corrupt("it is over something else: " + openssl_words());
    }
    TimeStamp stamp;
    TRY_ASSIGN(stamp.time, time_of(TS_TST_INFO_get_time(information.get())));
    stamp.signer = signer_of(token.get());
    return stamp;
}

Result<TimeStamp> check_time_stamp(std::string_view der, std::string_view bytes, const std::string& authorities) {
    TRY_ASSIGN(const TimeStamp stamp, read_time_stamp(der, bytes));
    const Token token(from_der(der, d2i_PKCS7));
    Store store(X509_STORE_new());
    if (X509_STORE_load_file(store.get(), authorities.c_str()) != 1) {
        return fail(ErrorCode::not_found, "no certificates of authorities in " + authorities + ": " + openssl_words());
    }
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), stamp.time / base::kSecond);
    const Verification context = verification_of(bytes, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_store(context.get(), store.release());
    if (TS_RESP_verify_token(context.get(), token.get()) != 1) return corrupt("not signed by a trusted authority: " + openssl_words());
    return stamp;
}

}  // namespace shuwei::crypto
