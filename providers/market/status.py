"""Procurement modes, strands and service types: the words of the market."""

from __future__ import annotations

from enum import StrEnum


class ProcurementMode(StrEnum):
    """Under which law a purchasing system was begun. The two PCR modes end with procurements begun before 24 February
    2025.
    """

    PCR34 = "pcr34"
    PCR_LIGHT_TOUCH = "pcr_light_touch"
    PA23_LIGHT_TOUCH = "pa23_light_touch"
    PA23_DYNAMIC_MARKET = "pa23_dynamic_market"


class Strand(StrEnum):
    """Whose children a lot is for."""

    LOOKED_AFTER = "looked_after"
    SEND = "send"
    SUPPORT = "support"


class ServiceType(StrEnum):
    """What a lot buys. The values are the matcher's lots, with support packages besides."""

    FOSTERING = "ifa"
    RESIDENTIAL = "residential"
    SUPPORTED = "supported"
    NMI_DAY = "nmi_day"
    NMI_38 = "nmi_38"
    NMI_52 = "nmi_52"
    SUPPORT_PACKAGE = "support_package"


class NoticeKind(StrEnum):
    """The notices of a purchasing system that are kept with it. UK numbers are those of the Procurement Act 2023."""

    PRIOR_INFORMATION = "prior_information"
    CONTRACT = "contract"
    MODIFICATION = "modification"
    AWARD = "award"
    UK2 = "uk2"
    UK3 = "uk3"
    UK4 = "uk4"
    UK6 = "uk6"
    UK7 = "uk7"
    UK10 = "uk10"
    UK12 = "uk12"
    UK13 = "uk13"
    UK14 = "uk14"
    UK15 = "uk15"
    UK16 = "uk16"


NOTICE_WORDS: dict[NoticeKind, str] = {
    NoticeKind.PRIOR_INFORMATION: "Prior information notice",
    NoticeKind.CONTRACT: "Contract notice",
    NoticeKind.MODIFICATION: "Modification notice",
    NoticeKind.AWARD: "Contract award notice",
    NoticeKind.UK2: "Preliminary market engagement notice (UK2)",
    NoticeKind.UK3: "Planned procurement notice (UK3)",
    NoticeKind.UK4: "Tender notice (UK4)",
    NoticeKind.UK6: "Contract award notice (UK6)",
    NoticeKind.UK7: "Contract details notice (UK7)",
    NoticeKind.UK10: "Contract change notice (UK10)",
    NoticeKind.UK12: "Procurement termination notice (UK12)",
    NoticeKind.UK13: "Dynamic market notice: intention (UK13)",
    NoticeKind.UK14: "Dynamic market notice: establishment (UK14)",
    NoticeKind.UK15: "Dynamic market notice: modification (UK15)",
    NoticeKind.UK16: "Dynamic market notice: cessation (UK16)",
}


class BandLevel(StrEnum):
    """How much support a price band is for."""

    STANDARD = "standard"
    ENHANCED = "enhanced"
    COMPLEX = "complex"


BAND_LEVEL_WORDS: dict[BandLevel, str] = {
    BandLevel.STANDARD: "Standard",
    BandLevel.ENHANCED: "Enhanced",
    BandLevel.COMPLEX: "Complex or therapeutic",
}

MODE_WORDS: dict[ProcurementMode, str] = {
    ProcurementMode.PCR34: "Dynamic purchasing system (regulation 34)",
    ProcurementMode.PCR_LIGHT_TOUCH: "Flexible dynamic purchasing system (light touch, 2015 regulations)",
    ProcurementMode.PA23_LIGHT_TOUCH: "Light-touch system (Procurement Act 2023)",
    ProcurementMode.PA23_DYNAMIC_MARKET: "Dynamic market (Procurement Act 2023)",
}

STRAND_WORDS: dict[Strand, str] = {
    Strand.LOOKED_AFTER: "Looked-after children",
    Strand.SEND: "Special educational needs and disabilities",
    Strand.SUPPORT: "Support at home",
}

SERVICE_TYPE_WORDS: dict[ServiceType, str] = {
    ServiceType.FOSTERING: "Fostering",
    ServiceType.RESIDENTIAL: "Children's homes",
    ServiceType.SUPPORTED: "Supported accommodation for 16 and 17 year olds",
    ServiceType.NMI_DAY: "Non-maintained and independent special schools, day",
    ServiceType.NMI_38: "Non-maintained and independent special schools, 38 weeks",
    ServiceType.NMI_52: "Non-maintained and independent special schools, 52 weeks",
    ServiceType.SUPPORT_PACKAGE: "Support packages",
}

# Which services a strand buys: school places are SEND's, homes are for looked-after children, packages keep a child
# out of both.
BOUGHT_BY: dict[Strand, frozenset[ServiceType]] = {
    Strand.LOOKED_AFTER: frozenset({ServiceType.FOSTERING, ServiceType.RESIDENTIAL, ServiceType.SUPPORTED}),
    Strand.SEND: frozenset({ServiceType.NMI_DAY, ServiceType.NMI_38, ServiceType.NMI_52}),
    Strand.SUPPORT: frozenset({ServiceType.SUPPORT_PACKAGE}),
}
