#include "data/dicom/dataset.hpp"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <mutex>
#include <string>

#include "assay/base/error.hpp"

namespace assay::data::dicom {
namespace {

/// What an implicit transfer syntax leaves to the dictionary, for machines where DCMTK's file is not installed.
void add_image_tags() {
    struct Entry {
        DcmTagKey tag;
        DcmEVR vr;
        const char* name;
    };
    const Entry entries[] = {{DCM_SamplesPerPixel, EVR_US, "SamplesPerPixel"},
                             {DCM_PhotometricInterpretation, EVR_CS, "PhotometricInterpretation"},
                             {DCM_PlanarConfiguration, EVR_US, "PlanarConfiguration"},
                             {DCM_NumberOfFrames, EVR_IS, "NumberOfFrames"},
                             {DCM_Rows, EVR_US, "Rows"},
                             {DCM_Columns, EVR_US, "Columns"},
                             {DCM_BitsAllocated, EVR_US, "BitsAllocated"},
                             {DCM_BitsStored, EVR_US, "BitsStored"},
                             {DCM_HighBit, EVR_US, "HighBit"},
                             {DCM_PixelRepresentation, EVR_US, "PixelRepresentation"},
                             {DCM_PixelPaddingValue, EVR_xs, "PixelPaddingValue"},
                             {DCM_WindowCenter, EVR_DS, "WindowCenter"},
                             {DCM_WindowWidth, EVR_DS, "WindowWidth"},
                             {DCM_RescaleIntercept, EVR_DS, "RescaleIntercept"},
                             {DCM_RescaleSlope, EVR_DS, "RescaleSlope"},
                             {DCM_VOILUTFunction, EVR_CS, "VOILUTFunction"},
                             {DCM_ModalityLUTSequence, EVR_SQ, "ModalityLUTSequence"},
                             {DCM_VOILUTSequence, EVR_SQ, "VOILUTSequence"},
                             {DCM_PixelData, EVR_ox, "PixelData"}};
    DcmDataDictionary& dictionary = dcmDataDict.wrlock();
    for (const Entry& entry : entries) {
        dictionary.addEntry(new DcmDictEntry(entry.tag.getGroup(), entry.tag.getElement(), DcmVR(entry.vr), entry.name,
                                             1, DcmVariableVM, "DICOM", OFTrue, nullptr));
    }
    dcmDataDict.wrunlock();
}

/// Opens the same bytes again at an offset, for values that DCMTK puts off.
class SpanFactory : public DcmInputStreamFactory {
  public:
    explicit SpanFactory(std::span<const std::byte> rest) : rest_(rest) {}

    DcmInputStream* create() const override {
        auto stream = std::make_unique<DcmInputBufferStream>();
        stream->setBuffer(rest_.data(), static_cast<offile_off_t>(rest_.size()));
        stream->setEos();
        return stream.release();
    }
    DcmInputStreamFactory* clone() const override { return new SpanFactory(*this); }
    DcmInputStreamFactoryType ident() const override { return DFT_DcmInputFileStreamFactory; }

  private:
    std::span<const std::byte> rest_;
};

/// Bytes of which large values are read only when they are asked for: DCMTK takes memory for a value of the length that
/// the file claims, but puts one off only after it found that the bytes are there.
class SpanStream : public DcmInputBufferStream {
  public:
    explicit SpanStream(std::span<const std::byte> bytes) : bytes_(bytes) {
        setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
        setEos();
    }
    DcmInputStreamFactory* newFactory() const override {
        return new SpanFactory(bytes_.subspan(static_cast<std::size_t>(tell())));
    }

  private:
    std::span<const std::byte> bytes_;
};

bool deflated(std::span<const std::byte> bytes) {
    SpanStream stream(bytes);
    DcmMetaInfo meta;
    meta.transferInit();
    if (meta.read(stream).bad()) return false;
    OFString syntax;
    meta.findAndGetOFString(DCM_TransferSyntaxUID, syntax);
    return syntax == UID_DeflatedExplicitVRLittleEndianTransferSyntax;
}

}  // namespace

void prepare_dcmtk() {
    static std::once_flag once;
    std::call_once(once, [] {
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // its lines may quote a patient's data
        if (!dcmDataDict.isDictionaryLoaded()) add_image_tags();
        DcmRLEDecoderRegistration::registerCodecs();
        DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_default, EPC_colorByPixel);
        DJLSDecoderRegistration::registerCodecs(EJLSUC_default, EJLSPC_colorByPixel);
    });
}

std::unique_ptr<DcmFileFormat> parse(std::span<const std::byte> bytes) {
    prepare_dcmtk();
    check_nesting(bytes);
    if (deflated(bytes)) {
        throw ValueError(
            "read_dicom: expected a data set that is not deflated, got a deflated one; convert it with "
            "DCMTK's `dcmconv +te`");
    }
    SpanStream stream(bytes);
    auto file = std::make_unique<DcmFileFormat>();
    file->transferInit();
    const OFCondition read = file->read(stream);
    file->transferEnd();
    if (read.bad()) {
        throw IoError(std::string("read_dicom: expected a whole DICOM file, got a damaged one: ") + read.text());
    }
    return file;
}

}  // namespace assay::data::dicom
