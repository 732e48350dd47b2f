import pytest

from libs.analysis import NEUTRAL
from libs.analysis.detection import LanguageDetector


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The lamp is cleaned every week, and its glass is dried with a soft cloth."),
        ("de", "Die Lampe wird jede Woche gereinigt, und ihr Glas mit einem Tuch getrocknet."),
        ("es", "La lámpara se limpia cada semana y su cristal se seca con un paño suave."),
        ("fr", "La lampe est nettoyée chaque semaine et son verre est séché avec un chiffon."),
        ("sv", "Lampan rengörs varje vecka, och glaset torkas med en mjuk trasa."),
        ("no", "Lampen blir rengjort hver uke, og glasset tørkes med en myk klut."),
        ("tr", "Lamba her hafta temizlenir ve camı yumuşak bir bezle kurulanır."),
        ("ro", "Lampa se curăță în fiecare săptămână, iar sticla ei se șterge cu o cârpă moale."),
        ("vi", "Đèn được lau chùi mỗi tuần và kính của nó được lau khô bằng vải mềm."),
        ("ru", "Лампу чистят каждую неделю, а стекло вытирают мягкой тканью."),
        ("el", "Η λάμπα καθαρίζεται κάθε εβδομάδα και το γυαλί στεγνώνει με ένα μαλακό πανί."),
        ("ar", "يتم تنظيف المصباح كل أسبوع ويجفف زجاجه بقطعة قماش ناعمة."),
        ("hi", "दीपक को हर हफ्ते साफ किया जाता है और उसका शीशा मुलायम कपड़े से सुखाया जाता है।"),
        ("th", "โคมไฟทำความสะอาดทุกสัปดาห์และเช็ดกระจกด้วยผ้านุ่ม"),
        ("zh", "灯每周清洁一次，玻璃用软布擦干。"),
        ("ja", "ランプは毎週掃除し、ガラスは柔らかい布で拭きます。"),
    ],
)
def test_the_language_of_a_sentence_is_told(
    detector: LanguageDetector, language: str, text: str
) -> None:
    assert detector.detect(text) == language


@pytest.mark.parametrize("text", ["", "HL-2041", "lamp", "Hello world"])
def test_a_short_text_in_ascii_is_taken_for_english(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text) == "en"


@pytest.mark.parametrize("text", ["ÄÖÜ", "🦀🦀", "é" * 5])
def test_an_odd_text_is_of_no_language(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text) == NEUTRAL
