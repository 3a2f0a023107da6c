"""Written numbers in Spanish, and how people say them."""

import pytest

from tests.support.text import said

PAIRS = [
    ("1.234,56 €", "mil doscientos treinta y cuatro euros con cincuenta y seis céntimos"),
    ("1 €", "un euro"),
    ("21 €", "veintiún euros"),
    ("0,99 €", "noventa y nueve céntimos"),
    ("5,00 €", "cinco euros"),
    ("3 millones de euros", "tres millones de euros"),
    ("1,5 M€", "uno coma cinco millones de euros"),
    ("10-20 €", "diez a veinte euros"),
    ("5 €/mes", "cinco euros por mes"),
    ("$5", "cinco dólares"),
    ("£200", "doscientas libras"),
    ("3,14", "tres coma catorce"),
    ("3,05", "tres coma cero cinco"),
    ("1.000.000", "un millón"),
    ("1 000 000", "un millón"),
    ("Tengo 3 gatos.", "Tengo tres gatos."),
    ("1 persona y 21 libros", "una persona y veintiún libros"),
    ("200 personas", "doscientas personas"),
    ("Solo quiero 1.", "Solo quiero uno."),
    ("20 %", "veinte por ciento"),
    ("20%", "veinte por ciento"),
    ("50 km/h", "cincuenta kilómetros por hora"),
    ("-5 °C", "menos cinco grados centígrados"),
    ("21 h", "veintiuna horas"),
    ("2,5 kg", "dos coma cinco kilos"),
    ("5-7 días", "cinco a siete días"),
    ("1º", "primero"),
    ("2ª", "segunda"),
    ("3er piso", "tercer piso"),
    ("1.ª", "primera"),
    ("3 de mayo de 2024", "tres de mayo de dos mil veinticuatro"),
    ("1 de mayo", "uno de mayo"),
    ("03/05/2024", "tres de mayo de dos mil veinticuatro"),
    ("2024-05-03", "tres de mayo de dos mil veinticuatro"),
    ("en 1999", "en mil novecientos noventa y nueve"),
    ("los años 90", "los años noventa"),
    ("a las 14:30", "a las catorce treinta"),
    ("a las 9:00", "a las nueve en punto"),
    ("a las 21:05 h", "a las veintiuna cero cinco"),
    ("a la 1:15 p. m.", "a la una quince p. m."),
    ("a las 3:30pm", "a las tres treinta p. m."),
    ("9:00-17:30", "nueve a diecisiete treinta"),
    ("a las 17:00", "a las diecisiete horas"),
    ("3,1416", "tres coma uno cuatro uno seis"),
    ("612 345 678", "seis uno dos, tres cuatro cinco, seis siete ocho"),
    ("91 123 45 67", "nueve uno, uno dos tres, cuatro cinco, seis siete"),
    ("+34 912 345 678", "más tres cuatro, nueve uno dos, tres cuatro cinco, seis siete ocho"),
    ("Llame al 112.", "Llame al uno uno dos."),
    ("Su código es 4829", "Su código es cuatro ocho dos nueve"),
    ("n.º 5", "número cinco"),
    ("1/2 taza", "media taza"),
    ("1/2 litro", "medio litro"),
    ("3/4", "tres cuartos"),
    ("1/2.", "un medio."),
    ("2/3", "dos tercios"),
    ("1 1/2", "uno y medio"),
    ("8/10", "ocho de diez"),
    ("Felipe VI", "Felipe sexto"),
    ("Alfonso XIII", "Alfonso trece"),
    ("Capítulo IV", "Capítulo cuatro"),
    ("el siglo XXI", "el siglo veintiuno"),
    ("ana.ruiz@ejemplo.es", "ana punto ruiz arroba ejemplo punto es"),
    ("ejemplo.es/ayuda", "ejemplo punto es barra ayuda"),
    ("v2.3.1", "versión dos punto tres punto uno"),
    ("24/7", "veinticuatro siete"),
    ("¿Son 5?", "¿Son cinco?"),
]


@pytest.mark.parametrize(("written", "spoken"), PAIRS)
def test_numbers_are_said_as_people_say_them(written: str, spoken: str) -> None:
    assert said(written, "es") == spoken


def test_the_table_is_long_enough_to_stand_for_the_language() -> None:
    assert len(dict(PAIRS)) == len(PAIRS) >= 40


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("$1,234.50", "mil doscientos treinta y cuatro pesos con cincuenta centavos"),
        ("3.5", "tres punto cinco"),
        ("12/31/2024", "12/31/2024"),
    ],
)
def test_mexico_writes_a_point(written: str, spoken: str) -> None:
    assert said(written, "es-MX") == spoken


def test_the_united_states_put_the_month_first_where_it_must_be() -> None:
    assert said("12/31/2024", "es-US") == "treinta y uno de diciembre de dos mil veinticuatro"


@pytest.mark.parametrize(
    "written",
    [
        "COVID-19",
        "B2B",
        "3D",
        "A4",
        "99:99",
        "1.2.3.4.5",
        "12ab",
        "vitamina C",
        "45/45/2024",
        "99:30",
        "1o",
        "01º",
        "5/32",
        "7/4",
        "5°°",
    ],
)
def test_in_doubt_nothing_is_changed(written: str) -> None:
    text = f"Sí, {written} está bien."
    assert said(text, "es") == text
